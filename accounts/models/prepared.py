"""SQL whose text is built once from the models' fields, for what is asked or written at each request or each log-in.

The rule: nothing is kept but the text. Rows are read anew each time, so a change holds at the very next request.
To build the text by the query builder each time takes longer than the database takes to answer (docs/performance.md).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery

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
        row = list(found)
        for i, convert, column in self.converters:
            row[i] = convert(row[i], column, connection)
        return self.part.instance(row)


class _Part:
    """The columns of one model in a row, and the models that were selected with it.

    An instance is made as unpickling makes it: `Model.__init__` asks of each field whether it was left out, and calls
    signals that nobody here listens to; that takes four times as long.
    """

    def __init__(self, info: dict[str, Any], names: list[str]) -> None:
        self.model = info["model"]
        self.columns = slice(info["select_fields"][0], info["select_fields"][-1] + 1)
        self.names = names[self.columns]
        self.key = self.columns.start + self.names.index(self.model._meta.pk.attname)
        self.related = [
            (_Part(other, names), other["local_setter"], other["remote_setter"])
            for other in info.get("related_klass_infos", [])
        ]

    def instance(self, row: list[Any]) -> Any | None:
        if row[self.key] is None:
            return None
        new = self.model.__new__(self.model)
        new._state = ModelState()
        new._state.adding, new._state.db = False, DEFAULT_DB_ALIAS
        new.__dict__.update(zip(self.names, row[self.columns], strict=True))
        for part, set_here, set_there in self.related:
            other = part.instance(row)
            set_here(new, other)
            if other is not None:
                set_there(other, new)
        return new


class PreparedInsert:
    """To be put before `Model`: a new row is saved as ever, but by a text that is built once."""

    def _do_insert(self, manager: Any, using: str, fields: Any, returning_fields: Any, raw: bool) -> list[Any]:
        model: Any = type(self)
        connection = connections[using]
        text = _insert(model, using, tuple(fields), tuple(returning_fields))
        with connection.cursor() as cursor:
            cursor.execute(text, _values(self, fields, connection))
            return [cursor.fetchone()] if returning_fields else []

    @classmethod
    def put_both(cls, *rows: Any) -> None:
        """Two rows by one statement; each takes the place of the one that has its primary key, if there is one."""
        model: Any = cls
        connection = connections[DEFAULT_DB_ALIAS]
        fields = model._meta.concrete_fields
        values = [value for row in rows for value in _values(row, fields, connection)]
        with connection.cursor() as cursor:
            cursor.execute(_put_both(model, DEFAULT_DB_ALIAS), values)


def _values(row: Any, fields: Any, connection: BaseDatabaseWrapper) -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]


@cache
def _insert(model: Any, using: str, fields: Any, returning_fields: Any) -> str:
    return _compiled(model, InsertQuery(model), using, fields, returning_fields)


@cache
def _put_both(model: Any, using: str) -> str:
    fields, key = model._meta.concrete_fields, model._meta.pk
    others = [field for field in fields if field is not key]
    query = InsertQuery(model, on_conflict=OnConflict.UPDATE, update_fields=others, unique_fields=[key])
    one = f"({', '.join(['%s'] * len(fields))})"
    both = f"{one}, {one}"  # by the query builder's own way PostgreSQL would be sent arrays
    return _compiled(model, query, using, fields, ()).replace(one, both)


def _compiled(model: Any, query: InsertQuery, using: str, fields: Any, returning_fields: Any) -> str:
    query.insert_values(fields, [model()])
    compiler = query.get_compiler(using=using)
    compiler.returning_fields = returning_fields
    return cast(str, compiler.as_sql()[0][0])


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
