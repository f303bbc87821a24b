"""The panel as WebAuthn's relying party: its host, its origin, its name."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings

_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class RelyingParty:
    id: str
    """The host of `PUBLIC_URL`."""
    origin: str
    """As browsers write it: a default port is no port."""
    name: str
    usable: bool
    """Browsers know keys on https (and on localhost) and under a name, not under an IP address."""


def relying_party() -> RelyingParty:
    url = urlsplit(settings.PUBLIC_URL)
    host = url.hostname or ""
    port = f":{url.port}" if url.port and url.port != _DEFAULT_PORTS.get(url.scheme) else ""
    literal = f"[{host}]" if ":" in host else host
    usable = not _is_address(host) and (url.scheme == "https" or host == "localhost" or host.endswith(".localhost"))
    return RelyingParty(host, f"{url.scheme}://{literal}{port}", settings.PANEL_NAME, usable)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
