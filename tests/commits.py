"""Lets what waits for a commit happen in tests that are rolled back, whenever a transaction of the panel ends.

Mails too: the sender runs then.
"""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.transaction import Atomic


@pytest.fixture
def commits(db: None, sends: object) -> Iterator[None]:
    leave = Atomic.__exit__

    def leave_and_commit(block: Atomic, *error: object) -> None:
        leave(block, *error)
        if connection.in_atomic_block and all(outer._from_testcase for outer in connection.atomic_blocks):
            hooks, connection.run_on_commit = connection.run_on_commit, []
            for _, hook, _ in hooks:
                hook()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Atomic, "__exit__", leave_and_commit)
        yield
