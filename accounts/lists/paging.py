"""Pages by key instead of by number: the next page begins after the last row seen, so page 400 is as fast as page 1.

Every order ends with the id, so no two rows are equal. Rows without a value are last in both directions (SQLite and
PostgreSQL would put them at different ends). A cursor is signed and valid for one order only.
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

from accounts.lists.addresses import address

PAGE_SIZE = 25
CURSOR_MAX_LENGTH = 2000
CURSOR = "cursor"

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")


def gone() -> str:
    return _("This page of the list doesn't exist. Start again from the first page.")


@dataclass(frozen=True)
class Sort:
    """One order of a list, covered by an index over (…, field, id). `field` may be the id itself."""

    field: str
    descending: bool = False
    nullable: bool = False
    gathered: bool = False
    """Few of many rows match: the query is written so that the database collects and sorts them instead of walking an
    index."""
    group: str = ""
    """The field by which rows are grouped first, such as the role. `field` is the order within a group."""
    groups: tuple[tuple[int | str, Q], ...] = ()
    """The value of that field for each group, with its rows, in order. For fields with few values."""

    @property
    def salt(self) -> str:
        return f"accounts.paging.2.{self.group}{self.field}.{'down' if self.descending else 'up'}"

    def order(self, *, turned: bool) -> tuple[OrderBy, ...]:
        names = ("id",) if self.field in ("id", "pk") else (self.field, "id")
        return tuple(OrderBy(self._key(name), descending=self.descending is not turned) for name in names)

    def empty(self, is_so: bool) -> IsNull:
        """Whether a row may have no value to sort by."""
        return IsNull(self._key(self.field), is_so)

    def _key(self, name: str) -> F | Coalesce:
        return Coalesce(F(name), F(name)) if self.gathered else F(name)

    def beyond(self, cursor: "Cursor") -> Q:
        """The rows after the cursor in its direction, written so that an index finds the first one."""
        way = "lt" if self.descending is not cursor.backwards else "gt"
        past_id = Q(**{f"id__{way}": cursor.id})
        if cursor.key is None:
            return past_id
        past_key = Q(**{f"{self.field}__{way}": cursor.key})
        return Q(**{f"{self.field}__{way}e": cursor.key}) & (past_key | past_id)


class _Plain:
    """JSON as UTF-8. Django's own would need six characters for each letter beyond ASCII."""

    def dumps(self, obj: Any) -> bytes:
        return json.dumps(obj, ensure_ascii=False, separators=(",", ":")).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)


@dataclass(frozen=True)
class Cursor:
    """The position of a row in an order, and the direction in which to continue."""

    key: str | int | datetime | None
    id: int
    backwards: bool = False
    number: int = 0
    """The row's number in the list, from 1, when the page was drawn; only for "26–50 of 63"."""
    group: int | str | None = None

    @classmethod
    def at(cls, row: Model, sort: Sort, *, backwards: bool, number: int = 0) -> "Cursor":
        key = getattr(row, sort.field) if sort.order(turned=False)[1:] else None
        return cls(key, row.pk, backwards, number, _group(row, sort))

    def signed(self, sort: Sort) -> str:
        key = {"at": self.key.isoformat()} if isinstance(self.key, datetime) else self.key
        values = [key, self.id, self.backwards, self.number, self.group][: 4 + bool(sort.group)]
        return signing.dumps(values, salt=sort.salt, serializer=_Plain)

    @classmethod
    def read(cls, text: str, sort: Sort) -> "Cursor":
        """Raises BadRequest (400) for a cursor that is not ours, or of another order."""
        try:
            key, *rest = signing.loads(text, salt=sort.salt, serializer=_Plain)
        except signing.BadSignature as error:
            raise BadRequest(gone()) from error
        return cls(datetime.fromisoformat(key["at"]) if isinstance(key, dict) else key, *rest)


def _group(row: Model, sort: Sort) -> int | str | None:
    value = getattr(row, sort.group) if sort.group else None
    return int(value) if isinstance(value, bool) else value


@dataclass(frozen=True)
class KeysetPage(Generic[Item]):
    """`rows` in their order; an address is empty if there is no such page."""

    rows: list[Item]
    previous_url: str = ""
    next_url: str = ""
    full: bool = False
    """Whether there are more rows in the direction of travel."""
    first: int = 1
    """The number of the first row, counted from 1."""

    @property
    def span(self) -> str:
        """The numbers of its rows: “26–50”, or “26” for a single row."""
        last = self.first + len(self.rows) - 1
        return f"{self.first}–{last}" if last > self.first else str(self.first)


def page_of(
    rows: QuerySet[Row], sort: Sort, *, cursor: str, query: QueryDict, size: int = PAGE_SIZE
) -> KeysetPage[Row]:
    """The page for `cursor`, with links that keep the rest of `query`.

    One query, or two if the order's field may be empty, or one for each group on the page.
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
        previous_url=address(query, {CURSOR: _cursor(shown[:1], sort, backwards=True, number=first)}) if before else "",
        next_url=address(query, {CURSOR: _cursor(shown[-1:], sort, backwards=False, number=last)}) if after else "",
        full=more,
        first=first,
    )


def _first_number(start: Cursor | None, length: int, *, begins_here: bool) -> int:
    """Rows added or removed since then are not counted again. The first row of the list is always number 1."""
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
    """Group by group, from the cursor's group on; raises BadRequest (400) if that group no longer exists."""
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
    """The cursor of the row at the page's edge; none for an empty page, which links back to the first page."""
    return Cursor.at(edge[0], sort, backwards=backwards, number=number).signed(sort) if edge else ""
