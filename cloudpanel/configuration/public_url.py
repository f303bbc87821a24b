"""The address under which browsers reach the panel, and what follows from it."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
DEFAULT_PORTS = {"http": 80, "https": 443}
PANEL_PORT = 8000


@dataclass(frozen=True)
class PublicUrl:
    """The address under which browsers reach the panel: scheme, name and perhaps a port, nothing else."""

    text: str
    host: str

    @property
    def https(self) -> bool:
        return self.text.startswith("https:")

    @property
    def cookie_suffix(self) -> str:
        """The port in the names of cookies; none where it is the default one: 443, and the panel's own for http."""
        port = urlsplit(self.text).port or DEFAULT_PORTS["https" if self.https else "http"]
        return "" if port == (443 if self.https else PANEL_PORT) else f"_{port}"

    @property
    def loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def allowed_hosts(self) -> list[str]:
        own = f"[{self.host}]" if ":" in self.host else self.host
        return list(dict.fromkeys([own, "127.0.0.1", "localhost", "[::1]"])) if self.loopback else [own]


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def parse_public_url(text: str) -> PublicUrl:
    parts = urlsplit(text)
    host = (parts.hostname or "").encode("idna").decode()
    extra = parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password
    if parts.scheme not in ("http", "https") or extra or parts.port == 0:
        raise ValueError(text)
    if not HOST_NAME.fullmatch(host):
        ip_address(host)
    name = f"[{host}]" if ":" in host else host
    own_port = parts.port not in (None, DEFAULT_PORTS[parts.scheme])  # browsers never name a default one
    port = f":{parts.port}" if own_port else ""
    return PublicUrl(f"{parts.scheme}://{name}{port}", host)
