"""The URL of the panel in browsers, and what follows from it."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from accounts import hosts
from accounts.hosts import DEFAULT_PORTS

HOST_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")
PANEL_PORT = 8000


@dataclass(frozen=True)
class PublicUrl:
    """The URL of the panel in browsers: scheme, host and an optional port."""

    text: str
    host: str

    @property
    def https(self) -> bool:
        return self.text.startswith("https:")

    @property
    def cookie_suffix(self) -> str:
        """The port, as part of cookie names; empty for the default port (443, or the panel's own for http)."""
        port = urlsplit(self.text).port or DEFAULT_PORTS["https" if self.https else "http"]
        return "" if port == (443 if self.https else PANEL_PORT) else f"_{port}"

    @property
    def loopback(self) -> bool:
        return is_own_machine(self.host)

    @property
    def own_host(self) -> str:
        """The host as it stands in a Host header: an IPv6 address in brackets."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def allowed_hosts(self) -> list[str]:
        """On this machine, its other names lead to the panel too."""
        others = ["127.0.0.1", "localhost", "[::1]"] if self.loopback else []
        return list(dict.fromkeys([self.own_host, *others]))


def is_own_machine(host: str) -> bool:
    """Whether the host is this machine. Unlike in `hosts.is_loopback`, names below `localhost` don't count."""
    return host == "localhost" or (not hosts.is_localhost(host) and hosts.is_loopback(host))


def parse_public_url(text: str) -> PublicUrl:
    parts = urlsplit(text)
    host = hosts.ascii_form(parts.hostname or "")
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in ("http", "https") or extra or parts.port == 0:
        raise ValueError(text)
    if not HOST_NAME.fullmatch(host):
        ip_address(host)
    return PublicUrl(hosts.origin(parts.scheme, host, parts.port), host)
