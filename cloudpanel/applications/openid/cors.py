"""Lets web pages of registered redirect origins read the answers of the endpoints (CORS)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from cloudpanel.applications.openid.addresses import is_registered_origin
from cloudpanel.applications.openid.clients import enabled

ORIGIN_MAX_LENGTH = 300


def is_known(origin: str) -> bool:
    """Whether a registered redirect URI has this origin. Only called for requests with an `Origin` header."""
    if not origin.isascii() or not origin.isprintable() or len(origin) > ORIGIN_MAX_LENGTH:
        return False
    authority = origin.partition("://")[2]
    host = authority.rpartition(":")[0] or authority
    if not host:
        return False
    texts = enabled().filter(redirect_uris__icontains=f"://{host}").values_list("redirect_uris", flat=True)
    return any(is_registered_origin(origin, text) for text in texts)


def readable(*methods: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Answers preflight requests (OPTIONS), and names on each answer the origin that may read it."""

    def mark(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            asks_first = request.method == "OPTIONS"
            response = HttpResponse(status=204) if asks_first else view(request, *args, **kwargs)
            patch_vary_headers(response, ("Origin",))
            origin = request.headers.get("Origin", "")
            if origin and is_known(origin):
                response["Access-Control-Allow-Origin"] = origin
                if asks_first:
                    response["Access-Control-Allow-Methods"] = ", ".join(methods)
                    response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            return response

        return answer

    return mark
