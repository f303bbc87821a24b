"""Usernames, role names and the order of names are folded by the panel, no longer by the locale of the database.

A server of the version before runs on: it reads and writes all columns it knows, and the database fills in the others.
"""

from django.core.management.base import CommandError
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from accounts import folding
from accounts.models import texts

BY_NAME = (
    "user_by_name",
    "user_pending_by_name",
    "user_without_by_name",
    "user_deactivated_by_name",
    "user_stolen_by_name",
    "user_set_by_other_by_name",
)
TWINS = """These usernames differ only in upper and lower case, so they would be one account:
%s
Nothing was migrated. Rename one of each in the database, for example
    UPDATE accounts_user SET username = 'irina-2' WHERE username = 'irina';
and migrate again. Names like these could be created where PostgreSQL follows Turkish rules."""


def refuse_twins(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    names: dict[str, list[str]] = {}
    users = apps.get_model("accounts", "User").objects.using(schema_editor.connection.alias)
    for username in users.order_by("pk").values_list("username", flat=True).iterator():
        names.setdefault(folding.ascii_lower(username), []).append(username)
    if twins := [same for same in names.values() if len(same) > 1]:
        raise CommandError(TWINS % "\n".join("    " + ", ".join(same) for same in twins))


class Migration(migrations.Migration):
    dependencies = [("accounts", "0013_one_of_several")]

    operations = [
        migrations.RunPython(refuse_twins, migrations.RunPython.noop),
        *(migrations.RemoveIndex("user", name) for name in (*BY_NAME, "user_by_username")),
        migrations.RemoveConstraint("user", "user_username_any_case"),
        migrations.RemoveConstraint("role", "role_name_in_contract"),
        migrations.RemoveField("user", "name_key"),
        migrations.RemoveField("user", "username_key"),
        migrations.AddField("user", "name_key", texts.SortKeyField(source="name", max_length=451, db_default="")),
        migrations.AddField(
            "user",
            "username_key",
            models.GeneratedField(
                db_persist=True,
                expression=texts.AsciiLower("username"),
                output_field=texts.KeyField(max_length=150),
            ),
        ),
        migrations.AddField("role", "name_key", texts.FoldedField(source="name", max_length=300, null=True)),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(
                texts.AsciiLower("username"),
                name="user_username_any_case",
                violation_error_message="This username is taken.",
            ),
        ),
    ]
