"""Where a request came from. Forwarding headers have been resolved or removed before (`middleware.TrustedProxies`)."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from django.http import HttpRequest

AGENT_MAX_LENGTH = 300


class Origin(NamedTuple):
    ip: str = ""
    agent: str = ""

    @classmethod
    def from_request(cls, request: HttpRequest) -> "Origin":
        agent = request.META.get("HTTP_USER_AGENT", "")
        printable = agent if agent.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in agent)
        return cls(ip=request.META.get("REMOTE_ADDR", ""), agent=shortened(printable, AGENT_MAX_LENGTH))

    def network(self) -> str:
        """What counts as one address for throttling: an IPv4 address, or the /64 network of an IPv6 address."""
        try:
            address = ip_address(self.ip)
        except ValueError:
            return ""
        if isinstance(address, IPv6Address):
            mapped = address.ipv4_mapped
            return str(mapped) if mapped else str(ip_network((address, 64), strict=False))
        return str(address)


SERVER = Origin(agent="manage.py")


def shortened(text: str, length: int) -> str:
    """At most this many characters. An ellipsis marks a cut."""
    return text if len(text) <= length else f"{text[: length - 1]}…"
