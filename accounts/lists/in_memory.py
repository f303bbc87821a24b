"""Pages of a list that is read as a whole, because no contract has many of its rows: roles, sessions.

The cursor is the number of the first row of a page, counted from 1.
"""

from collections.abc import Sequence
from typing import TypeVar

from django.core.exceptions import BadRequest
from django.http import QueryDict

from accounts.lists.addresses import address
from accounts.lists.paging import CURSOR, PAGE_SIZE, KeysetPage, gone
from accounts.validators import row_id

Item = TypeVar("Item")


def page_of(
    rows: Sequence[Item], *, cursor: str, query: QueryDict, size: int = PAGE_SIZE, parameter: str = CURSOR
) -> KeysetPage[Item]:
    """Raises BadRequest (400) for a cursor that isn't a number. Returns the last page if the list has become
    shorter."""
    number = row_id(cursor) if cursor else 1
    if number is None:
        raise BadRequest(gone())
    first = min(number, _last_page(len(rows), size))
    return KeysetPage(
        rows=list(rows[first - 1 : first - 1 + size]),
        previous_url=_address(query, max(1, first - size), parameter) if first > 1 else "",
        next_url=_address(query, first + size, parameter) if first - 1 + size < len(rows) else "",
        first=first,
    )


def _last_page(number: int, size: int) -> int:
    return max(0, number - 1) // size * size + 1


def _address(query: QueryDict, first: int, parameter: str) -> str:
    return address(query, {parameter: str(first) if first > 1 else ""})
