"""A page as a whole, or the part of it that htmx asked for: the same view, the same template, one piece of it.

htmx names the element that it will put the answer into (`HX-Target`). A view that knows such parts is marked by
`in_parts`; asked for a part of any other page, the browser is told to open that page as a whole.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

View = TypeVar("View", bound=Callable[..., Any])
HEADERS = "HX-Request, HX-Target"


def in_parts(view: View) -> View:
    """Marks a view that can answer with a part. Classes set `in_parts = True`."""
    view.in_parts = True  # type: ignore[attr-defined]
    return view


def by_htmx(request: HttpRequest) -> bool:
    return request.META.get("HTTP_HX_REQUEST") == "true"


def asked(request: HttpRequest) -> str:
    """The id of the element that the answer is meant for; empty where the whole page is asked for."""
    return str(request.META.get("HTTP_HX_TARGET", "")).rpartition("#")[2] if by_htmx(request) else ""


def render_part(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return mark(render(request, template, context))


def mark(response: HttpResponse) -> HttpResponse:
    """Says that this response is a part and may be put where it was asked for."""
    response.is_part = True  # type: ignore[attr-defined]
    return response


def open_whole(request: HttpRequest) -> HttpResponse:
    """Tells htmx to open what it asked for as a whole page."""
    return HttpResponse(status=204, headers={"HX-Redirect": request.get_full_path(), "Cache-Control": "no-store"})


def vary_on(response: HttpResponse, headers: str) -> None:
    """Adds to `Vary` what nobody else adds; patch_vary_headers takes seven times as long to look for it first."""
    vary = response.headers.get("Vary")
    response.headers["Vary"] = f"{vary}, {headers}" if vary else headers


class Parts:
    """Answers htmx where a whole page is due, and tells caches that pages come in parts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        vary_on(response, HEADERS)
        if getattr(response, "is_part", False):
            response.headers["HX-Part"] = "true"  # lists.js knows an error page of a proxy by the lack of both
        elif by_htmx(request) and "Location" not in response:
            # An error, or a form that is a page of its own: it takes the place of the page.
            response.headers.setdefault("HX-Retarget", "body")
            response.headers.setdefault("HX-Reswap", "outerSync")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        known = getattr(view, "in_parts", False) or getattr(getattr(view, "view_class", None), "in_parts", False)
        if known or not by_htmx(request) or request.method not in ("GET", "HEAD"):
            return None
        return open_whole(request)
