"""Who is connected, whether it is a trusted proxy, and for whom it speaks."""

from functools import lru_cache
from ipaddress import ip_address

from django.conf import settings

FORWARDING_HEADERS = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_SERVER",
    "HTTP_X_REAL_IP",
    "HTTP_FORWARDED",
)


@lru_cache(maxsize=1024)
def peer_of(address: str) -> str:
    """Who is connected: behind a proxy nearly always the same. Empty for a unix socket, which knows no address."""
    try:
        return _plain(address)
    except ValueError:
        return address


def _plain(entry: str) -> str:
    """An address without port, brackets and zone, IPv4 where IPv6 only maps it. ValueError for anything else."""
    text, port = entry.strip(), ""
    if text.startswith("["):
        text, _, port = text[1:].partition("]")
        if port[:1] not in ("", ":"):
            raise ValueError
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
    if port and not port.lstrip(":").isdecimal():
        raise ValueError
    address = ip_address(text.partition("%")[0])  # a zone means nothing beyond its own machine
    return str(getattr(address, "ipv4_mapped", None) or address)


def is_trusted(address: str) -> bool:
    if not address:
        return settings.TRUSTED_UNIX_SOCKETS
    if not settings.TRUSTED_PROXIES:
        return False
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in settings.TRUSTED_PROXIES)


def client_of(peer: str, forwarded_for: str) -> str:
    """The rightmost entry that is not a trusted proxy; an entry that is no address ends the walk."""
    client = peer
    for entry in reversed(forwarded_for.split(",")):
        try:
            client = _plain(entry)
        except ValueError:
            return client
        if not is_trusted(client):
            return client
    return client
