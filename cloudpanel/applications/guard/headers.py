"""Reads what a proxy says about the request that it asks for. Pure.

For each kind of proxy only the headers that it sets itself are read, as the others may come from the client. Anything
ambiguous raises Unclear.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from accounts.hosts import DEFAULT_PORTS

KINDS = ("nginx", "caddy", "traefik")
COOKIES_AT_MOST = 50
PATH_MAX_LENGTH = 1_000
COOKIES_MAX_LENGTH = 8_190
"""As of one header as proxies read it. Several are joined to one, and the check's answer repeats them all."""

_SITE = re.compile(r"(https?)://([A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?(?=[/?]|$)")
_METHOD = re.compile(r"[A-Za-z][A-Za-z-]{0,30}")
_SECOND_ADDRESS = re.compile(r",\s*https?://")
_VISIT = re.compile(r"(__Host-)?cloudpanel_visit_([1-9][0-9]{0,18})")
_OURS = re.compile(r"(?:__Host-)?cloudpanel_(?:visit|start)_")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Unclear(Exception):
    """The headers are missing, malformed, or sent twice."""


@dataclass(frozen=True)
class ProxiedRequest:
    """A request to an application, as its proxy describes it."""

    origin: str
    path: str
    """Including the query."""
    method: str
    navigation: bool
    """Whether it is for a page, so that a redirect makes sense."""


def read(kind: str, meta: Mapping[str, str]) -> ProxiedRequest:
    """Reads the environment of the proxy's own request. Raises Unclear."""
    if kind == "nginx":
        address, method = meta.get("HTTP_X_ORIGINAL_URL", ""), meta.get("HTTP_X_ORIGINAL_METHOD", "")
        if _SECOND_ADDRESS.search(address):
            raise Unclear
        site = _SITE.match(address)
        if site is None:
            raise Unclear
        return _proxied(origin_of(site[1], _host(site)), address[site.end() :], method, meta)
    proto, host = meta.get("HTTP_X_FORWARDED_PROTO", ""), meta.get("HTTP_X_FORWARDED_HOST", "")
    # Traefik sends ws and wss for websockets.
    proto = {"ws": "http", "wss": "https"}.get(proto, proto)
    path, method = meta.get("HTTP_X_FORWARDED_URI", ""), meta.get("HTTP_X_FORWARDED_METHOD", "")
    return _proxied(origin_of(proto, host), path, method, meta)


def origin_of(scheme: str, host: str) -> str:
    """An origin as in `Application.origin`. Raises Unclear for an invalid scheme or host."""
    site = _SITE.fullmatch(f"{scheme}://{host}")
    if site is None or (site[3] and not 0 < int(site[3]) < 65536):
        raise Unclear
    port = "" if not site[3] or int(site[3]) == DEFAULT_PORTS[site[1]] else f":{int(site[3])}"
    return f"{site[1]}://{site[2].lower()}{port}"


def _host(site: re.Match[str]) -> str:
    return site[2] + (f":{site[3]}" if site[3] else "")


def _proxied(origin: str, path: str, method: str, meta: Mapping[str, str]) -> ProxiedRequest:
    if not _METHOD.fullmatch(method) or _is_tunnel(method, meta):
        raise Unclear
    return ProxiedRequest(origin, local_path(path), method, is_navigation(method, meta))


def _is_tunnel(method: str, meta: Mapping[str, str]) -> bool:
    """Whether the proxy might pass on the body of the request as it is, so that the application reads further requests
    in it: Caddy does so with a CONNECT of HTTP/2. Of WebSockets over HTTP/2 it makes ones of HTTP/1.1."""
    return method.upper() == "CONNECT" and meta.get("HTTP_UPGRADE", "").lower() != "websocket"


def is_navigation(method: str, meta: Mapping[str, str]) -> bool:
    mode = meta.get("HTTP_SEC_FETCH_MODE", "navigate").strip().lower()
    return method in ("GET", "HEAD") and mode == "navigate" and "text/html" in meta.get("HTTP_ACCEPT", "").lower()


def local_path(text: str) -> str:
    """`text` if it is a path of the application, else "/": never another host or one of the panel's own pages."""
    good = text.startswith("/") and not text.startswith(("//", "/.cloudpanel/")) and "\\" not in text
    return text if good and len(text) <= PATH_MAX_LENGTH and text.isascii() and text.isprintable() else "/"


@dataclass(frozen=True)
class Cookies:
    """The secrets of visits, by the application ids in the names of their cookies, and all cookies that aren't the
    guard's."""

    visits: Mapping[int, str] = field(default_factory=dict)
    others: str = ""


def cookies(header: str, *, secure: bool) -> Cookies:
    """Parses a Cookie header. Raises Unclear if a name appears twice or inside the value of another cookie, or if the
    header is too long.

    On https, only cookies with the prefix `__Host-` count as visits. A neighbour domain can set cookies without it, and
    so make people work in somebody else's visit.
    """
    if len(header) > COOKIES_MAX_LENGTH:
        raise Unclear
    visits: dict[int, str] = {}
    others = []
    for name, value, part in _parts(header):
        found = _VISIT.fullmatch(name)
        if found and bool(found[1]) == secure:
            if int(found[2]) in visits:
                raise Unclear
            visits[int(found[2])] = value
        elif not _OURS.match(name):
            others.append(part)
    rest = "; ".join(others)
    if _OURS.search(rest) or len(visits) > COOKIES_AT_MOST:
        raise Unclear
    return Cookies(visits, rest)


def cookie(header: str, wanted: str) -> str:
    """The value of the cookie with exactly this name; empty if there is none, or more than one.

    Django strips all Unicode white space from names, which could turn a neighbour domain's cookie into one with the
    prefix `__Host-`.
    """
    values = [value for name, value, _part in _parts(header) if name == wanted]
    return values[0] if len(values) == 1 else ""


def _parts(header: str) -> Iterator[tuple[str, str, str]]:
    """Yields name, value and the unparsed text of each cookie."""
    for part in filter(None, (part.strip(" \t") for part in header.split(";"))):
        name, _, value = part.partition("=")
        yield name.strip(" \t"), value.strip(" \t"), part


def header_value(text: str) -> str:
    """Keeps printable ASCII and percent-encodes everything else as UTF-8; also percent signs, as `%6F` would be read as
    "o"."""
    if text.isascii() and text.isprintable() and "%" not in text:
        return text
    return quote(text, safe=_PRINTABLE.replace("%", "") + " ")


def group_value(name: str) -> str:
    """The name of a group. Commas are encoded, because applications split the header at them."""
    return header_value(name).replace(",", "%2C")
