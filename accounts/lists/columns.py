"""The column headings of a list; each is a link that sorts by its column."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import QueryDict

from accounts.lists.addresses import address
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
    return [_sortable(name, label, sort, query, parameter, cursor) for name, label in labels.items()]


def _sortable(name: str, label: Text, sort: str, query: QueryDict, parameter: str, cursor: str) -> Column:
    current = sort.removeprefix("-") == name
    turned = current and not sort.startswith("-")
    url = address(query, {parameter: f"-{name}" if turned else name, cursor: ""})
    direction = ("ascending" if turned else "descending") if current else ""
    return Column(name, label, url, direction)
