from django.db import migrations, models


class Migration(migrations.Migration):
    """Renames the field only: servers of the version before know the column by its old name."""

    dependencies = [("accounts", "0031_app_added")]

    operations = [
        migrations.AlterField(
            model_name="outgoingmail",
            name="tries",
            field=models.PositiveSmallIntegerField(db_column="tries", default=0),
        ),
        migrations.RenameField(model_name="outgoingmail", old_name="tries", new_name="attempts"),
    ]
