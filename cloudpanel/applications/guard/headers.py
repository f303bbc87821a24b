"""What a proxy says about the request that it asks for. Pure.

Each kind of proxy is read by the headers that it sets itself; those of the other family may be the client's. Anything
that can be read in two ways raises Unclear.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from cloudpanel.applications.origins import DEFAULT_PORTS

KINDS = ("nginx", "caddy", "traefik")
COOKIES_AT_MOST = 50
PATH_MAX_LENGTH = 1_000

_SITE = re.compile(r"(https?)://([A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?(?=[/?]|$)")
_METHOD = re.compile(r"[A-Za-z][A-Za-z-]{0,30}")
_SECOND_ADDRESS = re.compile(r",\s*https?://")
_VISIT = re.compile(r"(?:__Host-)?cloudpanel_visit_([1-9][0-9]{0,18})")
_OURS = re.compile(r"(?:__Host-)?cloudpanel_(?:visit|start)_")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


class Unclear(Exception):
    """The headers are missing, malformed, or there twice."""


@dataclass(frozen=True)
class Asked:
    """A request to an application, as its proxy describes it."""

    origin: str
    path: str
    """With its query."""
    method: str
    navigation: bool
    """Whether a person waits for a page, which a redirect could lead to."""


def read(kind: str, meta: Mapping[str, str]) -> Asked:
    """From the environment of the proxy's own request. Raises Unclear."""
    if kind == "nginx":
        address, method = meta.get("HTTP_X_ORIGINAL_URL", ""), meta.get("HTTP_X_ORIGINAL_METHOD", "")
        if _SECOND_ADDRESS.search(address):
            raise Unclear
        site = _SITE.match(address)
        if site is None:
            raise Unclear
        return _asked(origin_of(site[1], _host(site)), address[site.end() :], method, meta)
    proto, host = meta.get("HTTP_X_FORWARDED_PROTO", ""), meta.get("HTTP_X_FORWARDED_HOST", "")
    # A websocket's scheme, as Traefik names it.
    proto = {"ws": "http", "wss": "https"}.get(proto, proto)
    path, method = meta.get("HTTP_X_FORWARDED_URI", ""), meta.get("HTTP_X_FORWARDED_METHOD", "")
    return _asked(origin_of(proto, host), path, method, meta)


def origin_of(scheme: str, host: str) -> str:
    """In the spelling of `Application.origin`. Raises Unclear for what is no scheme and no host."""
    site = _SITE.fullmatch(f"{scheme}://{host}")
    if site is None or (site[3] and not 0 < int(site[3]) < 65536):
        raise Unclear
    port = "" if not site[3] or int(site[3]) == DEFAULT_PORTS[site[1]] else f":{int(site[3])}"
    return f"{site[1]}://{site[2].lower()}{port}"


def _host(site: re.Match[str]) -> str:
    return site[2] + (f":{site[3]}" if site[3] else "")


def _asked(origin: str, path: str, method: str, meta: Mapping[str, str]) -> Asked:
    if not _METHOD.fullmatch(method):
        raise Unclear
    return Asked(origin, local_path(path), method, is_navigation(method, meta))


def is_navigation(method: str, meta: Mapping[str, str]) -> bool:
    mode = meta.get("HTTP_SEC_FETCH_MODE", "navigate").strip().lower()
    return method in ("GET", "HEAD") and mode == "navigate" and "text/html" in meta.get("HTTP_ACCEPT", "").lower()


def local_path(text: str) -> str:
    """`text` if it is a path of the application, else "/": never another host, never back to the panel's own pages."""
    good = text.startswith("/") and not text.startswith(("//", "/.cloudpanel/")) and "\\" not in text
    return text if good and len(text) <= PATH_MAX_LENGTH and text.isascii() and text.isprintable() else "/"


@dataclass(frozen=True)
class Cookies:
    """What the browser sent: secrets of visits by the id in their names, and everything that is not the guard's."""

    visits: Mapping[int, str] = field(default_factory=dict)
    others: str = ""


def cookies(header: str) -> Cookies:
    """Raises Unclear where one name is there twice, or hidden in the value of another cookie."""
    visits: dict[int, str] = {}
    others = []
    for part in filter(None, (part.strip() for part in header.split(";"))):
        name, _, value = part.partition("=")
        if found := _VISIT.fullmatch(name.strip()):
            if int(found[1]) in visits:
                raise Unclear
            visits[int(found[1])] = value.strip()
        elif not _OURS.match(name):
            others.append(part)
    rest = "; ".join(others)
    if _OURS.search(rest) or len(visits) > COOKIES_AT_MOST:
        raise Unclear
    return Cookies(visits, rest)


def header_value(text: str) -> str:
    """Printable ASCII as it is, all else percent-encoded as UTF-8; percent signs too, lest `%6F` becomes an "o"."""
    if text.isascii() and text.isprintable() and "%" not in text:
        return text
    return quote(text, safe=_PRINTABLE.replace("%", "") + " ")


def group_value(name: str) -> str:
    """The name of one group. A comma is encoded: applications read what stands around one as two groups."""
    return header_value(name).replace(",", "%2C")
