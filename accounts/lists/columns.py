"""The column headings of a list; each is a link that sorts by its column."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from accounts.lists.paging import CURSOR
from accounts.texts import Text


@dataclass(frozen=True)
class Column:
    """A heading of the table, with the address that sorts by it and how it sorts now."""

    name: str
    label: Text
    url: str
    direction: str


def columns(
    labels: Mapping[str, Text], sort: str, query: QueryDict, *, parameter: str = "sort", cursor: str = CURSOR
) -> list[Column]:
    """The headings in order. Choosing the same one again reverses the order."""
    first_page = query.copy()
    first_page.pop(cursor, None)
    return [_sortable(name, label, sort, first_page, parameter) for name, label in labels.items()]


def _sortable(name: str, label: Text, sort: str, query: QueryDict, parameter: str) -> Column:
    current = sort.removeprefix("-") == name
    turned = current and not sort.startswith("-")
    changed = query.copy()
    changed[parameter] = f"-{name}" if turned else name
    direction = ("ascending" if turned else "descending") if current else ""
    return Column(name, label, f"?{changed.urlencode()}", direction)
