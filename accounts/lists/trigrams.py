"""A trigram index, by which PostgreSQL finds part of a name without reading all names.

It is built while the panel is running. If the extension can't be created or used, searching works but is slower.
"""

from collections.abc import Sequence

from django.db import DatabaseError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

REMOVE = "DROP INDEX CONCURRENTLY IF EXISTS user_by_part"
SCHEMA = """
    SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
    WHERE extname = 'pg_trgm'
"""
WITHOUT = """
  The extension pg_trgm can't be created or used here, so a search for part of a name reads all users of the contract.
  docs/performance.md says what a superuser of the database can do about it."""


def create(connection: BaseDatabaseWrapper, texts: Sequence[str], options: str = "") -> None:
    """Indexes these expressions. `options`: storage parameters, such as `WITH (…)`."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        try:
            with transaction.atomic(connection.alias):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            cursor.execute(SCHEMA)  # often one that isn't looked in: the class of operators is named with it
            schema = cursor.fetchone()[0]
            columns = ", ".join(f"{text} {schema}.gin_trgm_ops" for text in texts)
            cursor.execute(REMOVE)  # of an older version, or what an interrupted attempt left behind
            cursor.execute(f"CREATE INDEX CONCURRENTLY user_by_part ON accounts_user USING gin ({columns}) {options}")
        except DatabaseError:
            print(WITHOUT)  # noqa: T201
            cursor.execute(REMOVE)


def remove(connection: BaseDatabaseWrapper) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(REMOVE)
