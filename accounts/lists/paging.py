"""Pages by key instead of by number: the next page begins after the last row seen, so page 400 costs what page 1 costs.

Every sort ends in the id, so no two rows are equal; rows without a value stand last, whichever way the sort
runs (SQLite and PostgreSQL would put them at different ends); a cursor is signed and good for one sort alone.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.core import signing
from django.core.exceptions import BadRequest
from django.db.models import F, Model, OrderBy, Q, QuerySet
from django.db.models.functions import Coalesce
from django.db.models.lookups import IsNull
from django.http import QueryDict
from django.utils.translation import gettext as _

PAGE_SIZE = 25
CURSOR_MAX_LENGTH = 2000
CURSOR = "cursor"

Row = TypeVar("Row", bound=Model)


def gone() -> str:
    return _("This page of the list doesn't exist. Start again from the first page.")


@dataclass(frozen=True)
class Sort:
    """One order of a list; an index over (…, field, id) carries it. `field` may be the id itself."""

    field: str
    descending: bool = False
    nullable: bool = False
    gathered: bool = False
    """Few rows of many: written so that a database gathers and sorts them, and walks along no index to find them."""
    group: str = ""
    """The field by which rows are put into groups first, such as the role; `field` is the order within a group."""
    groups: tuple[tuple[int, Q], ...] = ()
    """Each group's value of that field and its rows, in their order; one with few values, or of few groups."""

    @property
    def salt(self) -> str:
        return f"accounts.paging.2.{self.group}{self.field}.{'down' if self.descending else 'up'}"

    def order(self, *, turned: bool) -> tuple[OrderBy, ...]:
        names = ("id",) if self.field in ("id", "pk") else (self.field, "id")
        return tuple(OrderBy(self._key(name), descending=self.descending is not turned) for name in names)

    def empty(self, is_so: bool) -> IsNull:
        """Has a row no value to be sorted by?"""
        return IsNull(self._key(self.field), is_so)

    def _key(self, name: str) -> F | Coalesce:
        return Coalesce(F(name), F(name)) if self.gathered else F(name)

    def beyond(self, cursor: "Cursor") -> Q:
        """The rows behind the cursor in its direction, written so that an index finds where they begin."""
        way = "lt" if self.descending is not cursor.backwards else "gt"
        past_id = Q(**{f"id__{way}": cursor.id})
        if cursor.key is None:
            return past_id
        past_key = Q(**{f"{self.field}__{way}": cursor.key})
        return Q(**{f"{self.field}__{way}e": cursor.key}) & (past_key | past_id)


class _Plain:
    """JSON as UTF-8: Django's own would write six signs for each letter beyond ASCII."""

    def dumps(self, obj: Any) -> bytes:
        return json.dumps(obj, ensure_ascii=False, separators=(",", ":")).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


@dataclass(frozen=True)
class Cursor:
    """One row's place in a sort, and the direction in which to go on from there."""

    key: str | int | datetime | None
    id: int
    backwards: bool = False
    number: int = 0
    """Which row of the list it was, counted from 1, when the page was drawn; for "26–50 of 63" alone."""
    group: int | None = None

    @classmethod
    def at(cls, row: Model, sort: Sort, *, backwards: bool, number: int = 0) -> "Cursor":
        key = getattr(row, sort.field) if sort.order(turned=False)[1:] else None
        return cls(key, row.pk, backwards, number, int(getattr(row, sort.group)) if sort.group else None)

    def signed(self, sort: Sort) -> str:
        key = {"at": self.key.isoformat()} if isinstance(self.key, datetime) else self.key
        values = [key, self.id, self.backwards, self.number, self.group][: 4 + bool(sort.group)]
        return signing.dumps(values, salt=sort.salt, serializer=_Plain)

    @classmethod
    def read(cls, text: str, sort: Sort) -> "Cursor":
        """Raises BadRequest (400) for one that is not ours, or of another sort."""
        try:
            key, *rest = signing.loads(text, salt=sort.salt, serializer=_Plain)
        except signing.BadSignature as error:
            raise BadRequest(gone()) from error
        return cls(datetime.fromisoformat(key["at"]) if isinstance(key, dict) else key, *rest)


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """`rows` in their order; the addresses are empty where there is no such page."""

    rows: list[Row]
    newer_url: str = ""
    older_url: str = ""
    full: bool = False
    """Whether there were more rows in the direction of the walk."""
    first: int = 1
    """The number of the first row, counted from 1."""

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def page_of(
    rows: QuerySet[Row], sort: Sort, *, cursor: str, query: QueryDict, size: int = PAGE_SIZE
) -> KeysetPage[Row]:
    """The page that `cursor` asks for, with links that keep the rest of `query`.

    One query; two at most where the sort's field may be empty; one for each group that the page touches.
    """
    start = Cursor.read(cursor, sort) if cursor else None
    found: list[Row] = []
    for part in _parts(rows, sort, start):
        if len(found) <= size:
            found += part[: size + 1 - len(found)]
    backwards = start is not None and start.backwards
    shown, more = found[:size], len(found) > size
    shown = shown[::-1] if backwards else shown
    before, after = (more, True) if backwards else (start is not None, more)
    first = _first_number(start, len(shown), begins_here=not before)
    last = first + len(shown) - 1
    return KeysetPage(
        rows=shown,
        newer_url=_address(query, _cursor(shown[:1], sort, backwards=True, number=first)) if before else "",
        older_url=_address(query, _cursor(shown[-1:], sort, backwards=False, number=last)) if after else "",
        full=more,
        first=first,
    )


def _first_number(start: Cursor | None, length: int, *, begins_here: bool) -> int:
    """Rows that came or went since are not counted again; what begins the list is number 1 in any case."""
    if start is None or begins_here:
        return 1
    return max(1, start.number - length if start.backwards else start.number + 1)


def _parts(rows: QuerySet[Row], sort: Sort, cursor: Cursor | None) -> list[QuerySet[Row]]:
    """Rows with a value, then rows without one (backwards: the other way round), each from the cursor on."""
    turned = cursor is not None and cursor.backwards
    if sort.groups:
        return _grouped(rows.order_by(*sort.order(turned=turned)), sort, cursor, sort.descending is not turned)
    parts = [rows.order_by(*sort.order(turned=turned))]
    if sort.nullable:
        parts = [parts[0].filter(sort.empty(is_so)) for is_so in (turned, not turned)]
    if cursor is None:
        return parts
    first = 1 if sort.nullable and (cursor.key is None) is not turned else 0
    return [parts[first].filter(sort.beyond(cursor)), *parts[first + 1 :]]


def _grouped(rows: QuerySet[Row], sort: Sort, cursor: Cursor | None, upside_down: bool) -> list[QuerySet[Row]]:
    """Group by group, from the cursor's on; raises BadRequest (400) where that group is gone."""
    groups = sort.groups[::-1] if upside_down else sort.groups
    if cursor is None:
        return [rows.filter(which) for _value, which in groups]
    values = [value for value, _which in groups]
    if cursor.group not in values:
        raise BadRequest(gone())
    place = values.index(cursor.group)
    first, *rest = [rows.filter(which) for _value, which in groups[place:]]
    return [first.filter(sort.beyond(cursor)), *rest]


def _cursor(edge: list[Row], sort: Sort, *, backwards: bool, number: int) -> str:
    """Of the row at the page's edge; none on a page that has become empty, which leads back to the first page."""
    return Cursor.at(edge[0], sort, backwards=backwards, number=number).signed(sort) if edge else ""


def _address(query: QueryDict, cursor: str) -> str:
    changed = query.copy()
    changed.pop(CURSOR, None)
    if cursor:
        changed[CURSOR] = cursor
    return f"?{changed.urlencode()}"
