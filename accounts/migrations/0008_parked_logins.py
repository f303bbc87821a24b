"""A pending login names its account too, so that both are read at once; `signed_in` tells them apart."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_budgets_lock_no_user")]

    operations = [
        migrations.AddField(
            model_name="session", name="signed_in", field=models.BooleanField(db_default=True, default=True)
        ),
    ]
