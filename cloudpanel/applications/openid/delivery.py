"""Sends one POST to an address that somebody has entered, without reaching networks that it must not reach.

The name is resolved once, all its addresses are checked, and the connection goes to exactly the checked address (no DNS
rebinding). Redirects are not followed, and only the status of the answer is used.
"""

import http.client
import socket
import ssl
import time
from contextlib import suppress
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from queue import Empty, Queue
from threading import Thread, Timer
from urllib.parse import SplitResult, urlencode, urlsplit

from django.conf import settings

SECONDS = 3.0
"""In total: name resolution, connection and answer."""


class DeliveryOutcome(StrEnum):
    """The result of an attempt; `sentences` has the texts."""

    TOLD = "told"
    REFUSED = "refused"
    REDIRECT = "redirect"
    FORBIDDEN = "forbidden"
    NAME = "name"
    SILENT = "silent"
    CERTIFICATE = "certificate"
    CONNECTION = "connection"


class Forbidden(Exception):
    """The address is in a network that must not be reached."""


def is_allowed(address: IPv4Address | IPv6Address) -> bool:
    """Public, or in one of `BACKCHANNEL_NETWORKS`."""
    plain = getattr(address, "ipv4_mapped", None) or address
    if any(plain in network for network in settings.BACKCHANNEL_NETWORKS if network.version == plain.version):
        return True
    return plain.is_global and not plain.is_multicast and not _leads_inside(plain)


def _leads_inside(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is an IPv6 address that is not of the internet, or stands for an IPv4 address (6to4, Teredo).

    Outside of 2000::/3 lie NAT64, IPv4-compatible and translated addresses, and the site-local ones of old.
    """
    if isinstance(address, IPv4Address):
        return False
    return bool(address not in _INTERNET or address.sixtofour or address.teredo)


_INTERNET = IPv6Network("2000::/3")


def post(url: str, token: str) -> DeliveryOutcome:
    """Sends a logout token. Status 200 or 204 means success (OpenID Connect Back-Channel Logout 1.0, section 2.5)."""
    parts, until = urlsplit(url), time.monotonic() + SECONDS
    try:
        address = _resolved(parts, until)
        status = _status(parts, address, urlencode({"logout_token": token}), until)
    except Forbidden:
        return DeliveryOutcome.FORBIDDEN
    except socket.gaierror:
        return DeliveryOutcome.NAME
    except ssl.SSLCertVerificationError:
        return DeliveryOutcome.CERTIFICATE
    except TimeoutError:
        return DeliveryOutcome.SILENT
    except (OSError, http.client.HTTPException, ValueError):
        return DeliveryOutcome.SILENT if time.monotonic() >= until else DeliveryOutcome.CONNECTION
    if status in (200, 204):
        return DeliveryOutcome.TOLD
    return DeliveryOutcome.REDIRECT if 300 <= status < 400 else DeliveryOutcome.REFUSED


def _left(until: float) -> float:
    """Seconds left; never 0, which a socket takes as non-blocking."""
    return max(until - time.monotonic(), 0.01)


def _resolved(parts: SplitResult, until: float) -> tuple[str, int]:
    """The first address of the name. Raises Forbidden if any of its addresses must not be reached."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = _looked_up(parts.hostname or "", port, _left(until))
    if not addresses or not all(is_allowed(ip_address(address.partition("%")[0])) for address in addresses):
        raise Forbidden
    return addresses[0], port


def _looked_up(host: str, port: int, seconds: float) -> list[str]:
    """The addresses of a name. The system's resolver has no time limit, so it runs in a thread of its own."""
    answers: Queue[list[str] | OSError] = Queue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else socket.gaierror())

    Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def _status(parts: SplitResult, address: tuple[str, int], body: str, until: float) -> int:
    """A server that answers slowly is cut off by a second handle of the connection: TLS takes the first one away."""
    with socket.create_connection(address, timeout=_left(until)) as line, line.dup() as handle:
        limit = Timer(_left(until), _cut, [handle])
        limit.daemon = True
        limit.start()
        try:
            return _answer_of(parts, _wrapped(parts, line), body)
        finally:
            limit.cancel()


def _wrapped(parts: SplitResult, line: socket.socket) -> socket.socket:
    if parts.scheme != "https":
        return line
    return ssl.create_default_context().wrap_socket(line, server_hostname=parts.hostname)


def _answer_of(parts: SplitResult, line: socket.socket, body: str) -> int:
    connection = http.client.HTTPConnection(parts.hostname or "")
    connection.sock = line
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": parts.netloc, "Connection": "close"}
    try:
        connection.request("POST", target, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _cut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
