"""The SQL of a SELECT, built once from the models' fields, for what is read at each request or each login.

Only the text is kept. Rows are read anew each time, so a change applies to the very next request. Building the text
with the query builder takes longer than the database takes to answer (docs/performance.md).
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import DEFERRED, Model, QuerySet

LAST = -1
Row = TypeVar("Row", bound=Model)


class Prepared(Generic[Row]):
    """A SELECT of one row, with related rows joined to it.

    `rows`: the QuerySet, called once per kind of database. `arguments` names the values of its filters, in their order;
    use one filter() for each, since Django sorts the values of a single one by name. `joined`: paths as for
    select_related(), each after the path it continues. `deferred`: as for defer().
    """

    def __init__(
        self,
        rows: Callable[[], QuerySet[Row]],
        *arguments: str,
        joined: Sequence[str] = (),
        deferred: Collection[str] = (),
    ) -> None:
        self.rows = rows
        self.arguments = arguments
        self.joined = joined
        self.deferred = deferred
        self.texts: dict[str, _Text] = {}

    def one(self, **values: Any) -> Row | None:
        """The row with these values, with what was joined to it; None if there is none."""
        connection = connections[DEFAULT_DB_ALIAS]  # once: each look behind `django.db.connection` is a search
        text = self._text(connection)
        return cast(Row | None, text.instance(connection, _first(connection, text.sql, values)))

    def one_beside(self, other: str, **values: Any) -> tuple[Sequence[Any], Row | None]:
        """The single row of another SELECT, as a tuple, and this row, in one statement."""
        connection = connections[DEFAULT_DB_ALIAS]
        text = self._text(connection)
        both = f"SELECT * FROM ({other}) AS other LEFT JOIN ({text.sql}) AS found ON TRUE"  # noqa: S608
        row = _first(connection, both, values) or ()
        return row[: -text.width], cast(Row | None, text.instance(connection, row[-text.width :]))

    def _text(self, connection: BaseDatabaseWrapper) -> "_Text":
        text = self.texts.get(connection.vendor)
        if text is None:
            text = self.texts[connection.vendor] = _Text(connection, self)
        return text


class _Text:
    """The statement for one kind of database, and how to create instances from its columns."""

    def __init__(self, connection: BaseDatabaseWrapper, prepared: Prepared[Any]) -> None:
        rows = prepared.rows()
        self.parts: list[_Part] = []
        names: list[str] = []
        fields: list[Any] = []
        for path in ("", *prepared.joined):
            part = _Part(path, self.parts, rows.model, len(names), prepared.deferred)
            self.parts.append(part)
            names += [f"{path}__{field.name}" if path else field.name for field in part.fields]
            fields += part.fields
        self.sql = _named(rows.values_list(*names).query.sql_with_params()[0], prepared.arguments)
        self.width = len(fields)
        columns = [field.cached_col for field in fields]
        self.converters = [
            (i, convert, column)
            for i, column in enumerate(columns)
            for convert in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
        ]

    def instance(self, connection: BaseDatabaseWrapper, found: Sequence[Any] | None) -> Any | None:
        if found is None:
            return None
        row = [*found, DEFERRED]
        for i, convert, column in self.converters:
            row[i] = convert(row[i], column, connection)
        made: list[Any] = []
        for part in self.parts:
            made.append(part.instance(row, made))
        return made[0]


class _Part:
    """The columns of one model in a row, from `start` on, and the part that its model is joined to.

    Deferred fields get the DEFERRED at the end of the row.
    """

    def __init__(
        self, path: str, parts: "list[_Part]", first: type[Model], start: int, deferred: Collection[str]
    ) -> None:
        parent, _, name = path.rpartition("__")
        self.path = path
        self.parent = next((i for i, part in enumerate(parts) if path and part.path == parent), None)
        self.link: Any = parts[self.parent].model._meta.get_field(name) if self.parent is not None else None
        self.model: Any = self.link.related_model if self.link else first
        prefix = f"{path}__" if path else ""
        self.fields = [field for field in self.model._meta.concrete_fields if prefix + field.name not in deferred]
        self.names = [field.attname for field in self.fields]
        columns = {name: i for i, name in enumerate(self.names, start)}
        every = [field.attname for field in self.model._meta.concrete_fields]
        self.values = itemgetter(*(columns.get(name, LAST) for name in every))
        self.key = columns[self.model._meta.pk.attname]

    def instance(self, row: list[Any], made: list[Any]) -> Any | None:
        new = self.model.from_db(DEFAULT_DB_ALIAS, self.names, self.values(row)) if row[self.key] is not None else None
        if self.parent is not None and (holder := made[self.parent]) is not None:
            self.link.set_cached_value(holder, new)
            if new is not None and self.link.one_to_one:
                self.link.remote_field.set_cached_value(new, holder)
        return new


def _named(sql: str, arguments: tuple[str, ...]) -> str:
    """Names the parameters. With positional ones, Django would scan the whole text at each request to insert SQLite's
    placeholders."""
    return sql % tuple(f"%({name})s" for name in arguments)


def first(sql: str, **values: Any) -> Sequence[Any] | None:
    """The first row of a handwritten statement, with values by name; None if there is none."""
    return _first(connections[DEFAULT_DB_ALIAS], sql, values)


def _first(connection: BaseDatabaseWrapper, sql: str, values: dict[str, Any]) -> Sequence[Any] | None:
    adapt = connection.ops.adapt_datetimefield_value
    adapted = {name: adapt(value) if isinstance(value, datetime) else value for name, value in values.items()}
    with connection.cursor() as cursor:
        cursor.execute(sql, adapted)
        return cast(Sequence[Any] | None, cursor.fetchone())
