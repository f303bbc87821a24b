"""Which addresses an application may register, and whether a requested one is registered. Pure.

Addresses are compared character by character (RFC 9700 section 4.1.3). Only a loopback address that was registered
without a port matches with any port (RFC 8252 section 7.3).
"""

import re
from urllib.parse import SplitResult, urlsplit

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import hosts
from accounts.hosts import ip_of, is_loopback, is_private
from accounts.limits import limited

MAX_LENGTH = 1000
FORBIDDEN_SCHEMES = ("javascript", "data", "vbscript", "file", "blob", "about")
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.IGNORECASE)
_OWN_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.IGNORECASE)

NOT_ABSOLUTE = _("%(address)s isn't a complete address. Begin it with https://.")
BAD_CHARACTER = _("“%(address)s” contains a space or a character that isn't allowed in an address.")
TOO_LONG = limited(_("Use at most %(limit)s characters for an address."), MAX_LENGTH)
FRAGMENT = _("%(address)s contains a fragment (#). Remove it.")
WILDCARD = _("%(address)s contains a wildcard. Enter each address in full.")
BAD_HOST = _("%(address)s has no valid host name.")
CREDENTIALS = _("%(address)s contains a username. Remove it.")
PORT = _("%(address)s has an invalid port.")
SCHEME = _("%(address)s must begin with https://.")


def fault(address: str, *, own_schemes: bool = True) -> str | Promise | None:
    """The error message for an address that somebody registers; None if it is valid."""
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
    if not (_HOST.fullmatch(host) or ip_of(host)):
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


def is_open_to_listeners(address: str) -> bool:
    """Whether it is an unencrypted address of another machine, which deserves a warning."""
    parts = split(address)
    return parts is not None and parts.scheme == "http" and not is_loopback(parts.hostname or "")


def lines(text: str) -> list[str]:
    """The addresses of a field with one per line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def is_registered(address: str, registered: list[str]) -> bool:
    if len(address) > MAX_LENGTH or not _PRINTABLE.fullmatch(address):
        return False
    return address in registered or any(_is_loopback_of(address, other) for other in registered)


def _is_loopback_of(address: str, registered: str) -> bool:
    """Whether both are the same loopback address, and the registered one has no port."""
    asked, known = split(address), split(registered)
    if asked is None or known is None or known.scheme != "http" or not is_loopback(known.hostname or ""):
        return False
    if known.netloc != known.hostname and known.netloc != f"[{known.hostname}]":
        return False
    if not _port_is_usable(asked) or asked.port is None:
        return False
    return address == registered.replace(known.netloc, f"{known.netloc}:{asked.netloc.rpartition(':')[2]}", 1)


def origin_of(address: str) -> str | None:
    """Scheme, host and port as in a browser's `Origin` header."""
    parts = split(address)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or not _port_is_usable(parts):
        return None
    return hosts.origin(parts.scheme, parts.hostname, parts.port)


def is_registered_origin(origin: str, registered: str) -> bool:
    """Whether a redirect URI of the field has this origin."""
    return any(origin_of(address) == origin for address in lines(registered))
