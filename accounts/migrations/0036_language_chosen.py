"""Marks the languages that people chose themselves, as far as the log still knows; the others came from who created the
account."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def mark(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    using = schema_editor.connection.alias
    choices = apps.get_model("accounts", "AuditRow").objects.using(using).filter(event="user_language")
    users = apps.get_model("accounts", "User").objects.using(using)
    users.filter(pk__in=choices.values("target_id")).update(language_chosen=True)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0035_what_roles_open")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language_chosen",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
