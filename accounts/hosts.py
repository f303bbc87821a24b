"""Classifies hosts of web addresses without asking the network. Pure."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from accounts import folding

DEFAULT_PORTS = {"http": 80, "https": 443}
PRIVATE_SUFFIXES = (".local", ".lan", ".internal", ".home.arpa", ".home", ".intranet", ".test")


def ip_of(host: str) -> IPv4Address | IPv6Address | None:
    """The host as an IP address; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def ascii_form(host: str) -> str:
    """The host as DNS has it. ValueError for a name that Python's codec, which Django mails by, would take for another.

    It follows IDNA 2003, by which "faß.de" is "fass.de", and invisible characters are none. Today both are domains.
    """
    if host.isascii():
        return host
    name = folding.nfc(host).lower()
    encoded = name.encode("idna")
    if encoded.decode("idna") != name:
        raise ValueError(host)
    return encoded.decode()


def is_localhost(host: str) -> bool:
    """A name of this machine (RFC 6761 section 6.3)."""
    return host == "localhost" or host.endswith(".localhost")


def is_loopback(host: str) -> bool:
    """A name or an address of this machine."""
    ip = ip_of(host)
    return ip.is_loopback if ip else is_localhost(host)


def is_private(host: str) -> bool:
    """A name or an address that is only reachable within a private network, so that no public certificate exists for
    it."""
    ip = ip_of(host)
    return ip.is_private if ip else "." not in host or host.endswith(PRIVATE_SUFFIXES)


def origin(scheme: str, host: str, port: int | None) -> str:
    """As browsers write it: an IPv6 address in brackets, and without a default port."""
    name = f"[{host}]" if ":" in host else host
    return f"{scheme}://{name}" + ("" if port in (None, DEFAULT_PORTS.get(scheme)) else f":{port}")
