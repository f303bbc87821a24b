"""Gives each request an id, in all its log lines and its answer, and writes the access log.

The access log contains the route and never the URL, which may contain the token of a link or input.
"""

import logging
import re
from collections.abc import Callable
from datetime import UTC, datetime
from random import getrandbits
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.gate.proxies import is_trusted, peer_of
from cloudpanel.operation import logs

logger = logging.getLogger("cloudpanel.access")
GIVEN = re.compile(r"[0-9A-Za-z_-]{8,64}")
HEADER = "X-Request-Id"


class RequestLog:
    """The outermost middleware, so that everything that is logged during a request has its id."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began, found = perf_counter(), _id_of(request)
        token = logs.request_id.set(found)
        try:
            response = self.get_response(request)
            response[HEADER] = found
            if settings.ACCESS_LOG and request.path_info not in logs.PROBES:
                _write(request, response, perf_counter() - began)
            return response
        finally:
            logs.request_id.reset(token)


def _id_of(request: HttpRequest) -> str:
    """The id from a trusted proxy, else a new one of 16 hexadecimal digits."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    if GIVEN.fullmatch(given) and is_trusted(peer_of(request.META.get("REMOTE_ADDR", ""))):
        return str(given)
    return f"{getrandbits(64):016x}"  # a name, not a secret; `secrets` would take a system call


def _write(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    row = {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "access": request.method,
        "route": logs.route_of(request),
        "status": response.status_code,
        "ms": round(seconds * 1000, 1),
        "ip": request.META.get("REMOTE_ADDR", ""),
    }
    logger.info("%(access)s %(route)s %(status)s", row, extra={"row": row})
