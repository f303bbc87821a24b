from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("twofactor", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="recoverycode",
            index=models.Index(
                condition=models.Q(("used_at__isnull", False)), fields=["user"], name="recovery_code_used"
            ),
        ),
    ]
