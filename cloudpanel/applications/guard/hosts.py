"""Separates requests to applications' hosts from requests to the panel's own host, before any other part of the panel.

An application's host has the four URLs below `/.cloudpanel/` and nothing else. Requests to the panel's own host need no
query. `/guard/<kind>/` is answered for any Host, because proxies pass on the browser's. Where the panel itself runs on
`127.0.0.1`, an application can be at `localhost`, which otherwise leads to the panel: of that host, only the four URLs
are the application's.
"""

from collections.abc import Callable
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host

from cloudpanel.applications.guard import check, queries, responses
from cloudpanel.applications.guard.door import PAGES, STATUS
from cloudpanel.applications.guard.headers import KINDS, Unclear, origin_of
from cloudpanel.applications.guard.peers import Peer
from cloudpanel.applications.models import Application

CHECKS = {f"/guard/{kind}/": kind for kind in KINDS}


class ApplicationDoor:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if kind := CHECKS.get(request.path_info):
            return check.answer(request, kind, Peer.of(request))
        host = request.META.get("HTTP_HOST", "")
        if not host or is_panels(host, request.path_info):
            return self.get_response(request)
        peer = Peer.of(request)
        try:
            application = guarded(peer.scheme, host) or on_https(request, peer, host)
        except Unclear:
            return self.get_response(request)  # which rejects the Host
        if application is None:
            # nginx was refused a host without a guard. Any other request has a Host that the panel rejects.
            asked_by_nginx = peer.trusted and "HTTP_X_ORIGINAL_URL" in request.META
            return responses.refused(request) if asked_by_nginx else self.get_response(request)
        page = PAGES.get(request.path_info)
        return page(request, application, peer) if page else responses.not_found(request)


def guarded(scheme: str, host: str) -> Application | None:
    """Raises Unclear for an invalid scheme or host."""
    return queries.guarded_at(origin_of(scheme, host))


def on_https(request: HttpRequest, peer: Peer, host: str) -> Application | None:
    """For the status page, which then says that the proxy sends no X-Forwarded-Proto. Nothing else is answered."""
    untold = peer.trusted and "HTTP_X_FORWARDED_PROTO" not in request.META
    return guarded("https", host) if untold and request.path_info == STATUS else None


def is_panels(host: str, path: str) -> bool:
    """Whether a request with this Host header can only be meant for the panel."""
    return _is_among(host, tuple(settings.OWN_HOSTS)) or (
        path not in PAGES and _is_among(host, tuple(settings.ALLOWED_HOSTS))
    )


@lru_cache(maxsize=256)
def _is_among(host: str, accepted: tuple[str, ...]) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, accepted)
