"""Keeps the audit log append-only within the database: nobody can change or delete rows.

A delete needs a row in `accounts_audit_door`. That row can't be committed, because it refers to a row that can't exist,
and the database checks this at the end of the transaction. So the door closes with the transaction that opened it, and
no other transaction ever sees it open.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

DOOR = "accounts_audit_door"

_MAKE_DOOR = """
    CREATE TABLE IF NOT EXISTS accounts_audit_door (
        id integer PRIMARY KEY CHECK (id = 1),
        shut_by integer NOT NULL CHECK (shut_by = 2)
            REFERENCES accounts_audit_door (id) DEFERRABLE INITIALLY DEFERRED
    )
"""
_OPEN = "INSERT INTO accounts_audit_door (id, shut_by) VALUES (1, 2)"
_SHUT = "DELETE FROM accounts_audit_door"
_TAKE_DOOR_AWAY = "DROP TABLE IF EXISTS accounts_audit_door"

# REPLACE deletes the old row without asking a delete trigger, so an id that is taken is refused on its way in.
_SQLITE = (
    """
    CREATE TRIGGER audit_no_update BEFORE UPDATE ON accounts_auditrow
    BEGIN SELECT RAISE(ABORT, 'The audit log is append-only: its rows are never changed.'); END
    """,
    """
    CREATE TRIGGER audit_no_delete BEFORE DELETE ON accounts_auditrow
    WHEN NOT EXISTS (SELECT 1 FROM accounts_audit_door)
    BEGIN SELECT RAISE(ABORT, 'The audit log is append-only: its rows are never deleted.'); END
    """,
    """
    CREATE TRIGGER audit_no_replace BEFORE INSERT ON accounts_auditrow
    WHEN EXISTS (SELECT 1 FROM accounts_auditrow WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'The audit log is append-only: its rows are never replaced.'); END
    """,
    """
    CREATE TRIGGER audit_door_needs_foreign_keys BEFORE INSERT ON accounts_audit_door
    WHEN (SELECT foreign_keys FROM pragma_foreign_keys) = 0
    BEGIN SELECT RAISE(ABORT, 'The audit log is append-only: without foreign keys its door would stay open.'); END
    """,
)
_SQLITE_AWAY = (
    "DROP TRIGGER IF EXISTS audit_no_update",
    "DROP TRIGGER IF EXISTS audit_no_delete",
    "DROP TRIGGER IF EXISTS audit_no_replace",
    "DROP TRIGGER IF EXISTS audit_door_needs_foreign_keys",
)
# The door is named with its schema, or a temporary table of that name would do. ALWAYS: for replicas' sessions too.
_POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        open boolean;
    BEGIN
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.accounts_audit_door)', TG_TABLE_SCHEMA) INTO open;
        IF TG_OP = 'UPDATE' OR NOT open THEN
            RAISE EXCEPTION 'The audit log is append-only: its rows are never changed or deleted (%).', TG_OP
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE OR REPLACE TRIGGER audit_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accounts_auditrow
    FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()
    """,
    "ALTER TABLE accounts_auditrow ENABLE ALWAYS TRIGGER audit_append_only",
)
_POSTGRESQL_AWAY = (
    "DROP TRIGGER IF EXISTS audit_append_only ON accounts_auditrow",
    "DROP FUNCTION IF EXISTS audit_append_only()",
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Creates the door and the triggers, restores what is missing, and closes a door that was left open."""
    triggers = (*_SQLITE_AWAY, *_SQLITE) if connection.vendor == "sqlite" else _POSTGRESQL
    _run(connection, _MAKE_DOOR, _SHUT, *triggers)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Removes everything, for a migration that is reversed."""
    triggers = _SQLITE_AWAY if connection.vendor == "sqlite" else _POSTGRESQL_AWAY
    _run(connection, *triggers, _TAKE_DOOR_AWAY)


def put_back(*, using: str = DEFAULT_DB_ALIAS, **signal: Any) -> None:
    """Runs after each `migrate`, because SQLite rebuilds a table to alter it and silently drops its triggers."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    if DOOR in tables:  # not there before the migration that makes it, nor after going back behind it
        install(connection)


@contextmanager
def open_door(using: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Allows deleting rows of the audit log inside, in one transaction that also closes the door."""
    with transaction.atomic(using=using):
        _run(connections[using], _OPEN)
        yield
        _run(connections[using], _SHUT)


def _run(connection: BaseDatabaseWrapper, *statements: str) -> None:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
