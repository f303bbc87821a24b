"""Indexes for "Forgot your password?", which looks an email up, and for the admins whom an owner asks for help."""

from django.db import migrations, models

from accounts.models.texts import AsciiLower


class Migration(migrations.Migration):
    dependencies = [("accounts", "0036_language_chosen")]

    operations = [
        migrations.AddIndex("user", models.Index(AsciiLower("email"), name="user_by_email")),
        migrations.AddIndex(
            "user",
            models.Index(fields=["id"], name="user_admins", condition=models.Q(is_staff=True, is_superuser=True)),
        ),
    ]
