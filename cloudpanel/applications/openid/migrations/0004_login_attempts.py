from django.db import migrations, models


class Migration(migrations.Migration):
    """Renames the field only: servers of the version before know the column by its old name."""

    dependencies = [("openid", "0003_login_ended")]

    operations = [
        migrations.AlterField(
            model_name="login",
            name="tries",
            field=models.PositiveSmallIntegerField(db_column="tries", default=0),
        ),
        migrations.RenameField(model_name="login", old_name="tries", new_name="attempts"),
    ]
