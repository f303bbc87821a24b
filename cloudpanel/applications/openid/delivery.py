"""One POST to an address that somebody of a contract has typed, without letting it reach where it should not.

The name is resolved once, every address is looked at, and the connection goes to exactly that address (no DNS
rebinding). Redirects are not followed, and nothing of the answer is kept but its status.
"""

import http.client
import socket
import ssl
from contextlib import suppress
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Timer
from urllib.parse import SplitResult, urlencode, urlsplit

from django.conf import settings

SECONDS = 3.0
"""For all of it: name, connection, answer."""


class Outcome(StrEnum):
    """What became of an attempt; the words for it are in `sentences`."""

    TOLD = "told"
    REFUSED = "refused"
    REDIRECT = "redirect"
    FORBIDDEN = "forbidden"
    NAME = "name"
    SILENT = "silent"
    CERTIFICATE = "certificate"
    CONNECTION = "connection"


class Forbidden(Exception):
    """The address lies in a network that is not to be reached."""


def is_allowed(address: IPv4Address | IPv6Address) -> bool:
    """Public, or in one of `BACKCHANNEL_NETWORKS`."""
    plain = getattr(address, "ipv4_mapped", None) or address
    if any(plain in network for network in settings.BACKCHANNEL_NETWORKS if network.version == plain.version):
        return True
    return plain.is_global and not plain.is_multicast and not _leads_inside(plain)


def _leads_inside(address: IPv4Address | IPv6Address) -> bool:
    """IPv6 addresses that stand for an IPv4 address somewhere else (6to4, Teredo, NAT64)."""
    if isinstance(address, IPv4Address):
        return False
    return bool(address.sixtofour or address.teredo or address in _NAT64)


class _Nat64:
    """64:ff9b::/96 (RFC 6052) and 64:ff9b:1::/48 (RFC 8215)."""

    def __contains__(self, address: IPv6Address) -> bool:
        return int(address) >> 96 == 0x0064FF9B or int(address) >> 80 == 0x0064FF9B0001


_NAT64 = _Nat64()


def post(url: str, token: str) -> Outcome:
    """OpenID Connect Back-Channel Logout 1.0, section 2.5: 200 (some answer 204) says that it was done."""
    parts = urlsplit(url)
    try:
        address = _resolved(parts)
        status = _status(parts, address, urlencode({"logout_token": token}))
    except Forbidden:
        return Outcome.FORBIDDEN
    except socket.gaierror:
        return Outcome.NAME
    except ssl.SSLCertVerificationError:
        return Outcome.CERTIFICATE
    except TimeoutError:
        return Outcome.SILENT
    except (OSError, http.client.HTTPException, ValueError):
        return Outcome.CONNECTION
    if status in (200, 204):
        return Outcome.TOLD
    return Outcome.REDIRECT if 300 <= status < 400 else Outcome.REFUSED


def _resolved(parts: SplitResult) -> tuple[str, int]:
    """The first address of the name; Forbidden if any of them must not be reached."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(is_allowed(ip_address(address.partition("%")[0])) for address in addresses):
        raise Forbidden
    return addresses[0], port


def _status(parts: SplitResult, address: tuple[str, int], body: str) -> int:
    line = _connected(parts, address)
    limit = Timer(SECONDS, _cut, [line])  # a server that drips is cut off
    limit.daemon = True
    limit.start()
    connection = http.client.HTTPConnection(parts.hostname or "", address[1], timeout=SECONDS)
    connection.sock = line
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": parts.netloc, "Connection": "close"}
    try:
        connection.request("POST", target, body, headers)
        return connection.getresponse().status
    finally:
        limit.cancel()
        connection.close()


def _connected(parts: SplitResult, address: tuple[str, int]) -> socket.socket:
    line = socket.create_connection(address, timeout=SECONDS)
    if parts.scheme != "https":
        return line
    try:
        return ssl.create_default_context().wrap_socket(line, server_hostname=parts.hostname)
    except BaseException:
        line.close()
        raise


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
