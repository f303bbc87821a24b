"""Parses and validates the origins of applications. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from django.utils.translation import gettext_lazy as _

from accounts import hosts

HOST_MAX_LENGTH = 253
_LABEL = re.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_LOOKS_LIKE_IPV4 = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")
_UPSTREAM = re.compile(r"(?P<host>[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?|\[[0-9a-f:.]+\]):(?P<port>[1-9]\d{0,4})")


class NotAnOrigin(ValueError):
    """`args[0]` is the error message."""


@dataclass(frozen=True)
class WebOrigin:
    """Scheme, host and port as browsers send them."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return hosts.origin(self.scheme, self.host, self.port)

    @property
    def loopback(self) -> bool:
        return hosts.is_loopback(self.host)

    @property
    def private(self) -> bool:
        """Whether no public certificate can exist for the host."""
        return not self.loopback and hosts.is_private(self.host)


def parse(text: str) -> WebOrigin:
    """Parses what somebody typed. Raises NotAnOrigin."""
    typed = text.strip()
    if not typed.isascii():
        raise NotAnOrigin(_("Write international domain names in their ASCII form, which begins with xn--."))
    if any(not char.isprintable() or char in ' \\"<>^`{|}' for char in typed):
        raise NotAnOrigin(_("Enter an address like https://grafana.example.com."))
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError as error:
        raise NotAnOrigin(_("The port must be a number from 1 to 65535.")) from error
    if "?" in typed or "#" in typed:
        raise NotAnOrigin(_("Enter only scheme, host and port, without a path."))
    _check_shape(parts)
    host = parts.hostname or ""
    _check_host(host)
    if port == 0 or parts.netloc.endswith(":"):
        raise NotAnOrigin(_("The port must be a number from 1 to 65535."))
    found = WebOrigin(parts.scheme, host, port or hosts.DEFAULT_PORTS[parts.scheme])
    if found.scheme == "http" and not (found.loopback or found.private):
        raise NotAnOrigin(_("Use https. Plain http is accepted only for this machine and for private networks."))
    return found


def _check_shape(parts: SplitResult) -> None:
    if parts.scheme not in hosts.DEFAULT_PORTS or not parts.netloc:
        raise NotAnOrigin(_("Enter an address like https://grafana.example.com."))
    if "@" in parts.netloc:
        raise NotAnOrigin(_("Enter the address without username and password."))
    if parts.path not in ("", "/"):
        raise NotAnOrigin(_("Enter only scheme, host and port, without a path."))


def _check_host(host: str) -> None:
    if "*" in host:
        raise NotAnOrigin(_("Enter one host. Wildcards aren't supported."))
    if ":" in host:
        raise NotAnOrigin(_("Use a name or an IPv4 address. IPv6 addresses aren't supported."))
    labels = host.split(".")
    if len(host) > HOST_MAX_LENGTH or not all(_LABEL.fullmatch(label) for label in labels):
        raise NotAnOrigin(_("This is not a valid host name."))
    if _LOOKS_LIKE_IPV4.fullmatch(host) and hosts.ip_of(host) is None:
        raise NotAnOrigin(_("This is not a valid host name."))


def parse_upstream(text: str) -> str:
    """Host and port on which the application listens. Raises NotAnOrigin."""
    typed = text.strip().lower()
    found = _UPSTREAM.fullmatch(typed)
    if not found or int(found["port"]) > 65535:
        raise NotAnOrigin(_("Enter a host and a port, such as 127.0.0.1:3000."))
    return typed


def is_private(origin: str) -> bool:
    """Whether to warn about a stored origin: others in a private network can read and change plain http."""
    found = parse(origin)
    return found.scheme == "http" and found.private
