"""How SQLite finds the rows of each statement: `with Plans() as plans: ...`, then `plans.steps`."""

from contextlib import ExitStack
from typing import Self

from django.db import connection
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE")


class Plans:
    def __init__(self) -> None:
        self.steps: list[str] = []
        self._wrapper = ExitStack()

    def __enter__(self) -> Self:
        self._wrapper.enter_context(connection.execute_wrapper(self._note))
        return self

    def __exit__(self, *exc: object) -> None:
        self._wrapper.close()

    def _note(self, execute, sql, params, many, context):
        if sql.split(None, 1)[0] in VERBS:
            cursor = connection.connection.cursor(factory=SQLiteCursorWrapper)
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            self.steps += [step for *_numbers, step in cursor.fetchall()]
        return execute(sql, params, many, context)
