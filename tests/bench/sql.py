"""Counts statements, and the commits that carried a write: each of those is one flush to the disk."""

from django.db import connection

WRITES = ("INSERT", "UPDATE", "DELETE")


class Sql:
    def __init__(self) -> None:
        self.verbs: list[str] = []
        self.commits = 0
        self._dirty = False

    def __call__(self, execute, sql, params, many, context):
        self.verbs.append(sql.split(None, 1)[0].upper())
        if self.verbs[-1] in WRITES:
            self._dirty = connection.in_atomic_block
            self.commits += not connection.in_atomic_block
        return execute(sql, params, many, context)

    def __enter__(self) -> "Sql":
        connection.ensure_connection()
        self._commit = connection._commit
        connection._commit = self._count_commit
        connection.execute_wrappers.append(self)
        return self

    def __exit__(self, *exc) -> None:
        connection.execute_wrappers.remove(self)
        connection._commit = self._commit

    def _count_commit(self):
        self.commits += self._dirty
        self._dirty = False
        return self._commit()

    @property
    def queries(self) -> int:
        return sum(verb in (*WRITES, "SELECT") for verb in self.verbs)

    @property
    def writes(self) -> int:
        return sum(verb in WRITES for verb in self.verbs)
