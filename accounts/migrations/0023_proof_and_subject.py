from django.db import migrations, models

import accounts.models.subject


class Migration(migrations.Migration):
    """The database draws a subject for each account that is there, and for those that an older version creates."""

    dependencies = [
        ("accounts", "0022_defaults_for_the_version_before"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="subject",
            field=models.CharField(
                db_default=accounts.models.subject.RandomSubject(),
                default=accounts.models.subject.new_subject,
                editable=False,
                max_length=32,
                unique=True,
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="methods",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
        migrations.AddField(
            model_name="session",
            name="proved_at",
            field=models.DateTimeField(null=True),
        ),
    ]
