import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """`offline` said that an application had refresh tokens once; what counts is whether it has any now."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("openid", "0004_login_attempts"),
    ]

    operations = [
        migrations.RemoveField(model_name="login", name="offline"),
        migrations.AlterField(
            model_name="login",
            name="user",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
