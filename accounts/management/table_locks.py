"""Takes the locks of a migration on PostgreSQL in an order that suits the running panel.

A request reads its session first and takes further tables as it goes. A migration that altered one table and then
waited for the next would hold what a request waits for, and wait for what that request holds. So it first takes all
tables: the sessions, where new requests queue without holding anything, then the others. If that takes longer than
`PATIENCE_SECONDS`, it releases all of them and tries again. PostgreSQL looks for a deadlock, and ends one of the
transactions, only after a second of waiting (`deadlock_timeout`).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

PATIENCE_SECONDS = 0.7
PAUSE_SECONDS = 0.3
GIVE_UP_SECONDS = 120
FIRST = "accounts_session"
NOT_AVAILABLE = "55P03"


class Busy(Exception):
    """A transaction kept a table for too long."""


@contextmanager
def held(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """A transaction with exclusive access to all tables of the panel."""
    with transaction.atomic(connection.alias):
        _take_all(connection, _tables(connection))
        yield


def _tables(connection: BaseDatabaseWrapper) -> list[str]:
    """Those that exist, the sessions first."""
    wanted = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        there = wanted & set(connection.introspection.table_names(cursor))
    return sorted(there, key=lambda table: (table != FIRST, table))


def _take_all(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    give_up = time.monotonic() + GIVE_UP_SECONDS
    while not _taken(connection, tables):
        if time.monotonic() > give_up:
            raise Busy(
                f"The database was too busy for {GIVE_UP_SECONDS} seconds, or a transaction was left open. Nothing was "
                "changed by the migration that waited; run migrate again, if need be with the panel stopped."
            )
        time.sleep(PAUSE_SECONDS)


def _taken(connection: BaseDatabaseWrapper, tables: list[str]) -> bool:
    """All or none: the savepoint releases what was taken."""
    until = time.monotonic() + PATIENCE_SECONDS
    try:
        with transaction.atomic(connection.alias), connection.cursor() as cursor:
            for table in tables:
                left = max(1, int((until - time.monotonic()) * 1000))
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{left}ms"])
                cursor.execute(f"LOCK TABLE {connection.ops.quote_name(table)} IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    except OperationalError as fault:
        if getattr(fault.__cause__, "sqlstate", "") != NOT_AVAILABLE:
            raise
        return False
    return True
