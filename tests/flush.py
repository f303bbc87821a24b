"""Lets the clearing up after a test that commits through the door of the audit log, as nothing else may."""

from collections.abc import Iterator

import pytest
from django.db.backends.base.operations import BaseDatabaseOperations

from accounts.audit import triggers

_flush = BaseDatabaseOperations.execute_sql_flush


def _through_the_door(operations: BaseDatabaseOperations, statements: list[str]) -> None:
    with triggers.open_door(operations.connection.alias):
        _flush(operations, statements)


@pytest.fixture(autouse=True, scope="session")
def _flush_through_the_door() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", _through_the_door)
        yield
