"""An index by groups of three letters, by which PostgreSQL finds a part of a name without reading everybody's.

It is built beside the running panel. Where the extension may not be created, searching stays right, only slower.
"""

from django.db import DatabaseError, migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

REMOVE = "DROP INDEX CONCURRENTLY IF EXISTS user_by_part"
CREATE = """
    CREATE INDEX CONCURRENTLY user_by_part ON accounts_user USING gin (
        upper(name::text) gin_trgm_ops, upper(username::text) gin_trgm_ops, upper(email::text) gin_trgm_ops
    )
"""
WITHOUT = """
  The extension pg_trgm can't be created here, so a search for part of a name reads all users of the contract.
  docs/performance.md says what a superuser of the database can do about it."""


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    connection = schema_editor.connection
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        try:
            with transaction.atomic(connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError:
            print(WITHOUT)  # noqa: T201
            return
        cursor.execute(REMOVE)  # what an interrupted attempt left behind
        cursor.execute(CREATE)


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(REMOVE)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0004_lists")]

    operations = [migrations.RunPython(create, remove)]
