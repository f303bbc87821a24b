"""`migrate`, while the panel is running on PostgreSQL.

Each migration takes the locks on all tables before it begins (accounts/management/table_locks.py), so that migrations
and transactions of the panel never wait for each other.
"""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from accounts.management import table_locks


class LockingExecutor(MigrationExecutor):
    def apply_migration(self, state: ProjectState, migration: Migration, *args: Any, **options: Any) -> ProjectState:
        if self.connection.vendor != "postgresql" or not migration.atomic:
            return super().apply_migration(state, migration, *args, **options)
        with table_locks.held(self.connection):
            return super().apply_migration(state, migration, *args, **options)


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        migrate.MigrationExecutor = LockingExecutor  # type: ignore[attr-defined]
        try:
            super().handle(*args, **options)
        except table_locks.Busy as busy:
            raise CommandError(str(busy)) from busy
