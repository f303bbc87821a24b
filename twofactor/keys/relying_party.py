"""The panel as WebAuthn's relying party: its host, its origin, its name."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

from accounts import hosts


@dataclass(frozen=True)
class RelyingParty:
    id: str
    """The host of `PUBLIC_URL`."""
    origin: str
    """As browsers write it, without a default port."""
    name: str
    usable: bool
    """Browsers support keys on https (and on localhost), with a name and not an IP address."""


def relying_party() -> RelyingParty:
    url = urlsplit(settings.PUBLIC_URL)
    host = url.hostname or ""
    usable = not hosts.ip_of(host) and (url.scheme == "https" or hosts.is_localhost(host))
    return RelyingParty(host, hosts.origin(url.scheme, host, url.port), settings.PANEL_NAME, usable)
