"""Which addresses an application may name, and when one that is asked for is one of them. Pure.

Addresses are compared letter by letter (RFC 9700 section 4.1.3). Only the port of a loopback address that was
registered without one is free (RFC 8252 section 7.3).
"""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MAX_LENGTH = 1000
FORBIDDEN_SCHEMES = ("javascript", "data", "vbscript", "file", "blob", "about")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.IGNORECASE)
_OWN_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.IGNORECASE)
_PRIVATE_SUFFIXES = (".local", ".internal", ".lan", ".home", ".home.arpa", ".test")

NOT_ABSOLUTE = _("%(address)s is no complete address. Write it with https:// at the beginning.")
BAD_CHARACTER = _("%(address)s has a blank, or a character that an address can't have.")
TOO_LONG = _("Use at most 1,000 characters for an address.")
FRAGMENT = _("%(address)s has a fragment (#). Leave it out.")
WILDCARD = _("%(address)s has a wildcard. Write each address out.")
BAD_HOST = _("%(address)s has no host name that can be used.")
CREDENTIALS = _("%(address)s has a username in it. Leave it out.")
PORT = _("%(address)s has a port that can't be used.")
SCHEME = _("%(address)s must begin with https://.")


def fault(address: str, *, own_schemes: bool = True) -> str | Promise | None:
    """What is wrong with an address that somebody registers; None if it can be used."""
    if len(address) > MAX_LENGTH:
        return TOO_LONG
    if not _PRINTABLE.fullmatch(address) or "\\" in address:
        return BAD_CHARACTER
    if "#" in address:
        return FRAGMENT
    parts = split(address)
    if parts is None or not parts.scheme:
        return NOT_ABSOLUTE
    if own_schemes and _OWN_SCHEME.fullmatch(parts.scheme):
        return None if not parts.netloc and parts.path.startswith("/") else BAD_HOST
    if parts.scheme not in ("http", "https"):
        return SCHEME if parts.scheme in FORBIDDEN_SCHEMES or "://" in address else NOT_ABSOLUTE
    return _fault_of_host(parts)


def _fault_of_host(parts: SplitResult) -> str | Promise | None:
    if "@" in parts.netloc:
        return CREDENTIALS
    if "*" in parts.netloc:
        return WILDCARD
    host = parts.hostname or ""
    if not (_HOST.fullmatch(host) or _is_ip(host)):
        return BAD_HOST
    if not _port_is_usable(parts):
        return PORT
    return SCHEME if parts.scheme == "http" and not (is_loopback(host) or is_private(host)) else None


def split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _port_is_usable(parts: SplitResult) -> bool:
    try:
        return parts.port != 0 and not parts.netloc.endswith(":")
    except ValueError:
        return False


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_ip(host) and ip_address(host).is_loopback


def is_private(host: str) -> bool:
    """A name or an address that is reached within one's own network only."""
    if _is_ip(host):
        return ip_address(host).is_private
    return "." not in host or host.endswith(_PRIVATE_SUFFIXES)


def is_open_to_listeners(address: str) -> bool:
    """Without encryption, and beyond this machine: worth a warning."""
    parts = split(address)
    return parts is not None and parts.scheme == "http" and not is_loopback(parts.hostname or "")


def lines(text: str) -> list[str]:
    """The addresses of a field that has one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def is_registered(address: str, registered: list[str]) -> bool:
    if len(address) > MAX_LENGTH or not _PRINTABLE.fullmatch(address):
        return False
    return address in registered or any(_is_loopback_of(address, other) for other in registered)


def _is_loopback_of(address: str, registered: str) -> bool:
    """The same loopback address but for the port, which must be free in the registered one."""
    asked, known = split(address), split(registered)
    if asked is None or known is None or known.scheme != "http" or not is_loopback(known.hostname or ""):
        return False
    if known.netloc != known.hostname and known.netloc != f"[{known.hostname}]":
        return False
    if not _port_is_usable(asked) or asked.port is None:
        return False
    return address == registered.replace(known.netloc, f"{known.netloc}:{asked.netloc.rpartition(':')[2]}", 1)


def origin_of(address: str) -> str | None:
    """Scheme, host and port as a browser's `Origin` has them."""
    parts = split(address)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or not _port_is_usable(parts):
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port and parts.port != default else "")


def is_registered_origin(origin: str, registered: str) -> bool:
    """Whether a page of this origin belongs to one of the redirect URIs of a field."""
    return any(origin_of(address) == origin for address in lines(registered))
