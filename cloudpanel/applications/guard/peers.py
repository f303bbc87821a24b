"""Who is connected to the panel, where, and for which client. Read before the forwarding headers are resolved."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from accounts.gate import proxies
from accounts.origin import Origin
from cloudpanel.configuration.public_url import PANEL_PORT


@dataclass(frozen=True)
class Peer:
    address: str
    """Empty for a unix socket."""
    trusted: bool
    client: str
    """The last address in the chain that is not a trusted proxy."""
    chain: str
    """The complete X-Forwarded-For; empty if the peer isn't trusted."""
    scheme: str
    """As the trusted proxy says, else that of the connection; empty if the proxy sends two or an unknown one."""

    @classmethod
    def of(cls, request: HttpRequest) -> "Peer":
        address = proxies.peer_of(request.META.get("REMOTE_ADDR", ""))
        own = str(request.META.get("wsgi.url_scheme", "http"))
        if not proxies.is_trusted(address):
            return cls(address, False, address, "", own)
        chain = request.META.get("HTTP_X_FORWARDED_FOR", "")
        proto = request.META.get("HTTP_X_FORWARDED_PROTO", own)
        scheme = proto if proto in ("http", "https") else ""
        return cls(address, True, proxies.client_of(address, chain), chain, scheme)

    def origin(self, request: HttpRequest) -> Origin:
        """The client as the log stores it."""
        return Origin(ip=self.client, agent=Origin.from_request(request).agent)


def panel_address(environ: Mapping[str, Any]) -> str:
    """Host and port where the panel has accepted the connection of this request; empty for a unix socket.

    That is where the proxy of the request reaches the panel. Other servers than gunicorn don't say it, and only the
    port of `make dev` is known.
    """
    accepted: socket.socket | None = environ.get("gunicorn.socket")
    if accepted is None:
        return f"127.0.0.1:{os.environ.get('PORT') or PANEL_PORT}"
    if accepted.family == socket.AF_UNIX:
        return ""
    host, port = accepted.getsockname()[:2]
    host = host.removeprefix("::ffff:")
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
