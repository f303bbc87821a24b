"""What every request brings with it: its true address, its session, its language, its contract."""

import re
from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone, translation

from accounts import origin
from accounts.contracts import current
from accounts.gate import asked_language
from accounts.gate.parts import vary_on
from accounts.gate.proxies import FORWARDING_HEADERS, client_of, is_trusted, peer_of
from accounts.gate.request import PanelRequest

Next = Callable[[HttpRequest], HttpResponse]

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
"""The name of a cookie, as RFC 6265 section 4.1.1 has it."""
_COOKIE_NAME = re.compile(_NAME)
_PLAIN_HEADER = re.compile(f"{_NAME}=[^;]*(?:; {_NAME}=[^;]*)*")


class TrustedProxies:
    """Believes forwarding headers only from `TRUSTED_PROXIES`, then drops them: nothing behind sees one."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        meta = request.META
        meta["REMOTE_ADDR"] = peer = peer_of(meta.get("REMOTE_ADDR", ""))
        if is_trusted(peer):
            meta["REMOTE_ADDR"] = client_of(peer, meta.get("HTTP_X_FORWARDED_FOR", ""))
            proto = meta.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if proto in ("http", "https"):
                meta["wsgi.url_scheme"] = proto
        for header in FORWARDING_HEADERS:
            meta.pop(header, None)
        return self.get_response(request)


class PlainCookies:
    """Leaves out every cookie whose name could be read as another one's.

    Django strips all Unicode white space from cookie names. Browsers don't, so another host of the same domain can set
    a cookie whose name is `__Host-…` after such a space. Read as ours, it would have people work in the neighbour's
    session.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        header = request.META.get("HTTP_COOKIE", "")
        if header and not _PLAIN_HEADER.fullmatch(header):
            request.META["HTTP_COOKIE"] = "; ".join(pair for pair in header.split(";") if _is_plain(pair))
        return self.get_response(request)


def _is_plain(pair: str) -> bool:
    name, equals, _value = pair.partition("=")
    return bool(equals and _COOKIE_NAME.fullmatch(name.strip(" \t")))


class ClientSession(SessionMiddleware):
    """Django's sessions, knowing the browser they belong to and when they were last used."""

    def process_request(self, request: PanelRequest) -> None:  # type: ignore[override]
        if request.encoding:  # never the one a request names: some don't decode, or not to text
            request.encoding = settings.DEFAULT_CHARSET
        super().process_request(request)
        request.session.origin = origin.Origin.from_request(request)

    def process_response(self, request: PanelRequest, response: HttpResponse) -> HttpResponse:  # type: ignore[override]
        try:
            response = super().process_response(request, response)
        except SessionInterrupted:
            return _interrupted()
        _leave_alone_what_is_not_ours(request, response)
        request.session.touch(timezone.now())
        return response

    def process_exception(self, request: PanelRequest, exception: Exception) -> HttpResponse | None:
        """A row that is missing is no fault of the panel if the account was deleted while its request ran."""
        missing = isinstance(exception, ObjectDoesNotExist | IntegrityError) and request.session.is_gone()
        return _interrupted() if missing or isinstance(exception, SessionInterrupted) else None


def _interrupted() -> HttpResponse:
    """The session was ended while its request ran. The cookie stays: it may be a newer one, of the other half of a
    double click."""
    return redirect(f"{reverse('login')}?ended=session")


def _leave_alone_what_is_not_ours(request: PanelRequest, response: HttpResponse) -> None:
    """Django takes away each cookie that names no living session, that of another panel on this host as well."""
    name = settings.SESSION_COOKIE_NAME
    taken_away = name in response.cookies and not response.cookies[name].value
    if taken_away and not request.session.ended and not request.session.exists(request.COOKIES[name]):
        del response.cookies[name]


class Language:
    """The language that an application asked for, else that of the cookie, else the one that the browser prefers.

    Django's LocaleMiddleware takes three times as long, because it supports addresses that begin with a language; the
    panel has none.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.LANGUAGE_CODE = asked_language.language_of(request) or translation.get_language_from_request(request)
        translation.activate(request.LANGUAGE_CODE)
        response = self.get_response(request)
        vary_on(response, "Accept-Language")
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response


class CurrentContract:
    """Puts `contract`, `must_choose`, `is_owner` and `permissions` on the request: where this person works and what
    they may do there."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: PanelRequest) -> HttpResponse:
        current.attach(request)
        return self.get_response(request)
