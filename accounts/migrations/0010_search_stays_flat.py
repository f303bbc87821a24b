"""Each login writes into the index of groups of letters; what waits there to be sorted in is kept to eight pages.

PostgreSQL lets 4 MiB of it wait. Each search reads all that waits, and takes the index to be the slower way meanwhile.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def keep_short(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER INDEX IF EXISTS user_by_part SET (gin_pending_list_limit = 64)")


def as_ever(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER INDEX IF EXISTS user_by_part RESET (gin_pending_list_limit)")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_sessions_lock_nobody")]

    operations = [migrations.RunPython(keep_short, as_ever)]
