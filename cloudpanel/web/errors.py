"""The pages for requests that cannot be served.

A refusal is a sentence in the panel's own look, never a stack trace, and never itself a reason to fail:
they may be drawn before the session, the user or even the language of a request is known.
"""

import sys
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
READ_ONLY = "25006"  # PostgreSQL: read_only_sql_transaction
RETRY_AFTER_SECONDS = 30
DRAINED_BYTES = 64 * 1024 * 1024


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django calls what is too large or has too many fields a bad request; HTTP has a word of its own for it.

    What a BadRequest was raised with is a sentence for the person who reads the page.
    """
    if not isinstance(exception, TOO_MUCH):
        return _page(request, "400", str(exception) if type(exception) is BadRequest else "")
    _drain(request)
    return _page(request, "413")


def _drain(request: HttpRequest) -> None:
    """A browser that still sends while the server answers and closes shows a broken connection instead of the page."""
    left = DRAINED_BYTES
    try:
        while left > 0 and (chunk := request.read(min(left, 64 * 1024))):
            left -= len(chunk)
    except OSError:  # it has hung up
        return


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What PermissionDenied was raised with is a sentence for the person who reads the page."""
    return _page(request, "403", str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Http404 says is never shown: it would tell a stranger what exists."""
    return _page(request, "404")


def server_error(request: HttpRequest) -> HttpResponse:
    """Drawn without the request: whatever just broke must not break this page too."""
    status = 503 if _is_the_databases(sys.exc_info()[1]) else 500
    context = {"panel_name": settings.PANEL_NAME, "panel_version": settings.VERSION}
    page = render_to_string(f"errors/{status}.html", context)
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": RETRY_AFTER_SECONDS} if status == 503 else {})
    return HttpResponse(page, status=status, headers=headers)


def _is_the_databases(fault: BaseException | None) -> bool:
    """A database that is lost or takes no writes is no fault of the panel, and may soon be back."""
    cause = fault.__cause__ if fault else None
    return isinstance(fault, OperationalError) or getattr(cause, "sqlstate", "") == READ_ONLY


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from before a login, or a browser without cookies. Django's reason is for developers."""
    return _page(request, "403_csrf")


class EncodedBodies:
    """Refuses bodies that the panel doesn't decode; Django would read them as empty forms without a token.

    RFC 9112 suggests 501 for an unknown transfer coding. It is a 415 like a content coding, since any visitor can send
    one and answers of 500 and above are alarms of the operator.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        transfer, content = _coding(request, "HTTP_TRANSFER_ENCODING"), _coding(request, "HTTP_CONTENT_ENCODING")
        if transfer in ("", "chunked") and content in ("", "identity"):
            return self.get_response(request)
        _drain(request)
        page = _page(request, "415")
        page["Accept-Encoding"] = "identity"
        return page


def _coding(request: HttpRequest, name: str) -> str:
    return str(request.META.get(name, "")).strip().lower()


class MethodPage:
    """Gives the empty 405 of a view its page. The list of methods in `Allow` stays."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        page = _page(request, "405")
        page["Allow"] = response["Allow"]
        return page


def _page(request: HttpRequest, name: str, reason: str = "") -> HttpResponse:
    """A request refused before its language was looked at would speak that of the request before it."""
    language = getattr(request, "LANGUAGE_CODE", None) or translation.get_language_from_request(request)
    with translation.override(language):
        page = render(request, f"errors/{name}.html", {"reason": reason}, status=int(name[:3]))
    page["Cache-Control"] = "no-store"
    return page
