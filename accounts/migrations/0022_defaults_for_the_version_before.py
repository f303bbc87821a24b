from django.db import migrations, models


class Migration(migrations.Migration):
    """Lets a server of the version before create contracts and users: it names neither of these columns."""

    dependencies = [("accounts", "0021_texts")]

    operations = [
        migrations.AlterField(
            model_name="contract",
            name="one_of_several",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AlterField(
            model_name="user",
            name="mail_failure",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=20),
        ),
    ]
