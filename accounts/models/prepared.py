"""The SQL of a SELECT, built once from the models' fields, for what is asked at each request or each login.

Only the text is kept. Rows are read anew each time, so a change applies to the very next request. Building the text
with the query builder takes longer than the database takes to answer (docs/performance.md).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DEFERRED, Model, QuerySet

LAST = -1
Row = TypeVar("Row", bound=Model)


class Prepared(Generic[Row]):
    """`rows` is asked for once per kind of database; `arguments` names its values in the order of the filters.

    One filter after the other: Django would sort the values of a single one by name.
    """

    def __init__(self, rows: Callable[[], QuerySet[Row]], *arguments: str) -> None:
        self.rows = rows
        self.arguments = arguments
        self.texts: dict[str, _Text] = {}

    def one(self, **values: Any) -> Row | None:
        """The row with these values, with what was selected with it; None if there is none."""
        connection = connections[DEFAULT_DB_ALIAS]  # once: each look behind `django.db.connection` is a search
        text = self._text(connection)
        return cast(Row | None, text.instance(connection, _first(connection, text.sql, values)))

    def one_beside(self, other: str, **values: Any) -> tuple[Sequence[Any], Row | None]:
        """The one row, as it is, that another SELECT comes to, and this row, in one statement."""
        connection = connections[DEFAULT_DB_ALIAS]
        text = self._text(connection)
        both = f"SELECT * FROM ({other}) AS other LEFT JOIN ({text.sql}) AS found ON TRUE"  # noqa: S608
        row = _first(connection, both, values) or ()
        return row[: -text.width], cast(Row | None, text.instance(connection, row[-text.width :]))

    def _text(self, connection: BaseDatabaseWrapper) -> "_Text":
        text = self.texts.get(connection.vendor)
        if text is None:
            text = self.texts[connection.vendor] = _Text(connection, self.rows(), self.arguments)
        return text


class _Text:
    def __init__(self, connection: BaseDatabaseWrapper, rows: QuerySet[Any], arguments: tuple[str, ...]) -> None:
        compiler = rows.query.get_compiler(connection=connection)
        self.sql = _named(compiler.as_sql()[0], arguments)
        converters = compiler.get_converters([column for column, _, _ in compiler.select])
        self.converters = [(i, convert, column) for i, (some, column) in converters.items() for convert in some]
        self.width = len(compiler.select)
        self.part = _Part(compiler.klass_info, [column.target.attname for column, _, _ in compiler.select])

    def instance(self, connection: BaseDatabaseWrapper, found: Sequence[Any] | None) -> Any | None:
        if found is None:
            return None
        row = [*found, DEFERRED]
        for i, convert, column in self.converters:
            row[i] = convert(row[i], column, connection)
        return self.part.instance(row)


class _Part:
    """The columns of one model in a row, and the models that were selected with it.

    `values` takes a value for every field; those that were not selected get the DEFERRED at the end of the row.
    """

    def __init__(self, info: dict[str, Any], names: list[str]) -> None:
        self.model = info["model"]
        columns = {names[i]: i for i in info["select_fields"]}
        fields = [field.attname for field in self.model._meta.concrete_fields]
        self.names = list(columns)
        self.values = itemgetter(*(columns.get(name, LAST) for name in fields))
        self.key = columns[self.model._meta.pk.attname]
        self.related = [
            (_Part(other, names), other["local_setter"], other["remote_setter"])
            for other in info.get("related_klass_infos", [])
        ]

    def instance(self, row: list[Any]) -> Any | None:
        if row[self.key] is None:
            return None
        new = self.model.from_db(DEFAULT_DB_ALIAS, self.names, self.values(row))
        for part, set_here, set_there in self.related:
            other = part.instance(row)
            set_here(new, other)
            if other is not None:
                set_there(other, new)
        return new


def _named(sql: str, arguments: tuple[str, ...]) -> str:
    """By name: for the other kind Django goes through the whole text at each request to put SQLite's signs in."""
    return sql % tuple(f"%({name})s" for name in arguments)


def first(sql: str, **values: Any) -> Sequence[Any] | None:
    """The first row that a statement written by hand comes to, its values by name; None if there is none."""
    return _first(connections[DEFAULT_DB_ALIAS], sql, values)


def _first(connection: BaseDatabaseWrapper, sql: str, values: dict[str, Any]) -> Sequence[Any] | None:
    adapt = connection.ops.adapt_datetimefield_value
    adapted = {name: adapt(value) if isinstance(value, datetime) else value for name, value in values.items()}
    with connection.cursor() as cursor:
        cursor.execute(sql, adapted)
        return cast(Sequence[Any] | None, cursor.fetchone())
