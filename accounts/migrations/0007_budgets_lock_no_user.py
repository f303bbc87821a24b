"""An attempt takes no lock on the row of the user that it names."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_user_in_contract")]

    operations = [
        migrations.AlterField(
            model_name="attempts",
            name="user",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="attempts",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
