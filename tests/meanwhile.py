"""Somebody else is faster: a change made between what the gate has read and what the page is about to write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def meanwhile(change: Callable[[], object], *, before: str) -> Iterator[None]:
    """Does `change` once, just before the first statement in which `before` stands."""
    done = []

    def execute_first(execute, sql, params, many, context):
        if before in sql and not done:
            done.append(sql)
            change()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(execute_first):
        yield
    assert done, f"no statement with {before}"
