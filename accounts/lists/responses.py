"""What a page with a list reads from its URL, and how it responds: with the whole page, or only the list for htmx."""

from collections.abc import Collection, Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.gate import parts
from accounts.lists.filters import Filter
from accounts.lists.list_query import ListQuery, read_query
from accounts.lists.paging import CURSOR, CURSOR_MAX_LENGTH
from accounts.validators import query_value

LIST = "list"
"""The id of the list on its page."""


def query_of(request: HttpRequest, filters: Iterable[Filter], sorts: Collection[str], default: str) -> ListQuery:
    """Raises BadRequest (400) for values that the page itself can't have sent."""
    filters = tuple(filters)
    names = ("q", "sort", *(each.name for each in filters))
    return read_query({name: query_value(request, name) for name in names}, filters, sorts, default)


def cursor_of(request: HttpRequest) -> str:
    return query_value(request, CURSOR, max_length=CURSOR_MAX_LENGTH)


def answer(request: HttpRequest, *, page: str, part: str, context: dict[str, Any]) -> HttpResponse:
    """The page, or its list if htmx asks for it. Both are templates; the page includes the part."""
    if parts.asked(request) == LIST:
        return parts.render_part(request, part, context)
    return render(request, page, context)
