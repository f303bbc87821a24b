"""Where `next` may lead: only to a path of this panel. Anything else leads to `/`."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

HOME = "/"
NEXT_MAX_LENGTH = 4000
_BEGINNING = 1000
"""How much of an address says whose host it leads to. Django refuses to look at more than 2048 characters."""
ENTRANCE = ("/login/", "/logout/", "/confirm/", "/password/", "/two-factor/")


def safe_next(address: str | None) -> str:
    """`address` if it is a page of this panel, else `/`."""
    if not address or len(address) > NEXT_MAX_LENGTH or not address.startswith("/") or not address.isprintable():
        return HOME
    if "\\" in address or not url_has_allowed_host_and_scheme(address[:_BEGINNING], allowed_hosts=None):
        return HOME
    path = urlsplit(address).path
    return HOME if path.startswith("//") or not _exists(path) else address


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
