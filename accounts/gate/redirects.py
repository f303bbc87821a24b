"""Where `next` may lead: only to a path of this panel. Anything else leads to `/`."""

from urllib.parse import quote, urlencode, urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

HOME = "/"
NEXT_MAX_LENGTH = 4000
"""Of an address as it is written in the query of another one, where most characters take three."""
LONGEST = 8000
"""Of the addresses that answers lead to. The server reads request lines of up to 8190 characters, and nginx heads of up
to 16 kB."""
_BEGINNING = 1000
"""How much of an address says whose host it leads to. Django refuses to look at more than 2048 characters."""
ENTRANCE = ("/login/", "/logout/", "/confirm/", "/password/", "/two-factor/")


def safe_next(address: str | None) -> str:
    """`address` if it is a page of this panel, else `/`."""
    if not address or not address.startswith("/") or not address.isprintable() or not is_short(address):
        return HOME
    if "\\" in address or not url_has_allowed_host_and_scheme(address[:_BEGINNING], allowed_hosts=None):
        return HOME
    return address if _exists(urlsplit(address).path) else HOME


def is_short(address: str) -> bool:
    return len(address) <= NEXT_MAX_LENGTH and len(quote(address, safe="")) <= NEXT_MAX_LENGTH


def with_next(page: str, address: str, **more: str) -> str:
    """The address of a page that continues at `address`, or at `/` if that is no page of this panel or too long."""
    safe = safe_next(address)
    query = ({} if safe == HOME else {"next": safe}) | more
    return f"{page}?{urlencode(query)}" if query else page


def after_login(address: str | None) -> str:
    """`address` if a login may end there: a page of this panel that is not itself a step of a login."""
    safe = safe_next(address)
    return HOME if safe.startswith(ENTRANCE) else safe


def asked_for(request: HttpRequest) -> str:
    """The address of this request, to return to later; only for a GET."""
    return after_login(request.get_full_path()) if request.method in ("GET", "HEAD") else HOME


def _exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
