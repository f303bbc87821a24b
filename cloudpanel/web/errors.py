"""Error pages.

They must not fail themselves: they may be rendered before the session, the user or the language of the request is
known.
"""

import sys
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import BadRequest, DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts.gate.redirects import LONGEST
from accounts.gate.refusals import Gone, InAnotherContract
from cloudpanel.operation import logs
from cloudpanel.web.sections import section

TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
READ_ONLY = "25006"  # PostgreSQL: read_only_sql_transaction
RETRY_AFTER_SECONDS = 30
DRAINED_BYTES = 64 * 1024 * 1024


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers 413 if the request is too large or has too many fields, for which Django calls this handler, too.

    The message of a BadRequest is shown on the page, which leads back to the list that can't answer the request. Under
    a wrong host name, the page links to the panel's address.
    """
    if isinstance(exception, DisallowedHost):
        return _page(request, "400", panel=settings.PUBLIC_URL)
    if not isinstance(exception, TOO_MUCH):
        reason = str(exception) if type(exception) is BadRequest else ""
        return _page(request, "400", reason, list_url=_list_of(request))
    drain(request)
    return _page(request, "413")


def _list_of(request: HttpRequest) -> str:
    """The list that a page of Management belongs to; empty for others, and for people who may not view it."""
    name = section(request)["section"]
    return reverse(name) if f"{name}.show" in getattr(request, "permissions", ()) else ""


def drain(request: HttpRequest) -> None:
    """Reads the rest of the body: a browser that is still sending when the server closes shows a connection error
    instead of the page."""
    left = DRAINED_BYTES
    try:
        while left > 0 and (chunk := request.read(min(left, 64 * 1024))):
            left -= len(chunk)
    except OSError:  # the browser has closed the connection
        return


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The message of PermissionDenied is shown on the page."""
    return _page(request, "403", str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The message of Http404 is never shown, because it would reveal what exists.

    If the object is in another contract of the owner, the page names that contract. People who may see the list are
    led back to it.
    """
    elsewhere = exception if isinstance(exception, InAnotherContract) else None
    return _page(request, "404", elsewhere=elsewhere, gone=exception if isinstance(exception, Gone) else None)


def server_error(request: HttpRequest) -> HttpResponse:
    """Rendered without the request, so that whatever caused the error can't break this page, too."""
    status = 503 if _is_the_databases(sys.exc_info()[1]) else 500
    context = {
        "panel_name": settings.PANEL_NAME,
        "panel_version": settings.VERSION,
        "reference": logs.request_id.get(),
    }
    page = render_to_string(f"errors/{status}.html", context)
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": RETRY_AFTER_SECONDS} if status == 503 else {})
    return HttpResponse(page, status=status, headers=headers)


def _is_the_databases(fault: BaseException | None) -> bool:
    """Whether the database is unreachable or read-only, which is answered by 503 and may soon be over."""
    cause = fault.__cause__ if fault else None
    return isinstance(fault, OperationalError) or getattr(cause, "sqlstate", "") == READ_ONLY


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For a form from before a login, or a browser without cookies. Django's reason is for developers and not shown."""
    return _page(request, "403_csrf")


class UnusableRequests:
    """Refuses encoded bodies, and requests whose answer would be an address that is too long to be asked for.

    Django would read an encoded body as an empty form without a token. RFC 9112 suggests 501 for an unknown transfer
    coding; the panel answers 415 as for a content coding, because any visitor can send one, and answers of 500 and
    above alert the operator.

    An address grows on its way through the panel, since characters that a request may hold as they are take three
    there. A head that is too long for nginx would count as a fault of the server.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _is_encoded(request):
            drain(request)
            page = _page(request, "415")
            page["Accept-Encoding"] = "identity"
            return page
        response = self.get_response(request)
        address = response.headers.get("Location") or response.headers.get("HX-Redirect") or ""
        if len(address) <= LONGEST:
            return response
        page = _page(request, "400")
        page.cookies = response.cookies
        return page


def _is_encoded(request: HttpRequest) -> bool:
    transfer, content = _coding(request, "HTTP_TRANSFER_ENCODING"), _coding(request, "HTTP_CONTENT_ENCODING")
    return transfer not in ("", "chunked") or content not in ("", "identity")


def _coding(request: HttpRequest, name: str) -> str:
    return str(request.META.get(name, "")).strip().lower()


class MethodPage:
    """Adds a page to the empty 405 answer of a view, and keeps the header `Allow`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        page = _page(request, "405")
        page["Allow"] = response["Allow"]
        return page


def _page(request: HttpRequest, name: str, reason: str = "", **context: object) -> HttpResponse:
    """Renders an error page. Sets the language first, as the thread may still have that of its previous request."""
    language = getattr(request, "LANGUAGE_CODE", None) or translation.get_language_from_request(request)
    with translation.override(language):
        page = render(request, f"errors/{name}.html", {"reason": reason} | context, status=int(name[:3]))
    page["Cache-Control"] = "no-store"
    return page
