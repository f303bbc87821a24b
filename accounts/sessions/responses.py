"""The sessions of an account as a list, on the person's own page and on the owner's page about a user."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from accounts.lists import in_memory
from accounts.lists.columns import columns
from accounts.lists.list_query import read_query
from accounts.lists.listing import Listing
from accounts.lists.paging import CURSOR_MAX_LENGTH
from accounts.models import User
from accounts.sessions import services
from accounts.sessions.services import SessionInfo
from accounts.validators import query_value

SORT, CURSOR = "sessions", "sessions_from"
"""Parameters with names of their own, since the URL may also carry those of the list of users."""
DEFAULT_SORT = "-last_used"
HEADINGS = {
    "browser": gettext_lazy("Browser"),
    "ip": gettext_lazy("Address"),
    "started": gettext_lazy("Started"),
    "last_used": gettext_lazy("Last used"),
}
ORDERS: dict[str, Callable[[SessionInfo], Any]] = {
    "browser": lambda session: session.browser.casefold(),
    "ip": lambda session: session.ip,
    "started": lambda session: session.started,
    "last_used": lambda session: session.last_used,
}


def keeping_place(request: HttpRequest, url: str) -> str:
    """This address, with the order and the page of the list of sessions that the address of the request names."""
    kept = urlencode({name: request.GET[name] for name in (SORT, CURSOR) if request.GET.get(name)})
    return f"{url}{'&' if '?' in url else '?'}{kept}" if kept else url


def listing_of(request: HttpRequest, user: User, *, url: str, current: str | None = None) -> Listing[SessionInfo]:
    """One query. Marks the session with the key `current`; raises BadRequest (400) for an unknown order."""
    list_query = read_query({"sort": query_value(request, SORT)}, (), HEADINGS, DEFAULT_SORT)
    cursor = query_value(request, CURSOR, max_length=CURSOR_MAX_LENGTH)
    every = services.described(services.living(user), current)
    return Listing(
        url=url,
        page=in_memory.page_of(
            sorted(every, key=ORDERS[list_query.order], reverse=list_query.descending),
            cursor=cursor,
            query=request.GET,
            parameter=CURSOR,
        ),
        matching=len(every),
        total=len(every),
        columns=columns(HEADINGS, list_query.sort, request.GET, parameter=SORT, cursor=CURSOR),
    )
