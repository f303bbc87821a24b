"""Parts of names are looked for in the folded columns; what waits to be sorted into the index stays short (0010)."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from accounts.lists import trigrams

OLD_TEXTS = ("upper(name::text)", "upper(username::text)", "upper(email::text)")
TEXTS = ("(name_key::text)", "(username_key::text)", 'lower(email COLLATE "C")')
SHORT = "WITH (gin_pending_list_limit = 64)"


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    trigrams.create(schema_editor.connection, TEXTS, SHORT)


def go_back(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    trigrams.create(schema_editor.connection, OLD_TEXTS, SHORT)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0016_folded_indexes")]

    operations = [migrations.RunPython(create, go_back)]
