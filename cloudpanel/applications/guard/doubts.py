"""Problems with how a proxy passes requests on, shown on the status page, the guard page and Overview."""

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.hosts import is_loopback
from cloudpanel.applications.guard.configurations import VERSION
from cloudpanel.applications.guard.headers import KINDS
from cloudpanel.applications.guard.peers import Peer

NO_CHAIN, OWN_ADDRESS, NO_SCHEME, NO_KIND, UNTRUSTED = "no_chain", "own_address", "no_scheme", "no_kind", "untrusted"
OLD = "old"
SENTENCES: dict[str, str | Promise] = {
    UNTRUSTED: _("The proxy's address is not in TRUSTED_PROXIES: every check is refused."),
    OLD: _("The proxy has an older configuration, which may be unsafe: replace it by the one that the panel shows."),
    NO_CHAIN: _("The header X-Forwarded-For is missing: the panel can't see the client's address."),
    OWN_ADDRESS: _("The client's address is the proxy's own."),
    NO_SCHEME: _("The header X-Forwarded-Proto is missing."),
    NO_KIND: _("The header X-Cloudpanel-Proxy is missing: use the configuration that the panel shows."),
}


def of_check(meta: Mapping[str, str], peer: Peer, kind: str) -> list[str]:
    """The keys of the problems with a check of a proxy of this kind, the most important first."""
    if not peer.trusted:
        return [UNTRUSTED]
    # Traefik can add no header to its check.
    found = [OLD] if kind in ("nginx", "caddy") and meta.get("HTTP_X_CLOUDPANEL_CONFIGURATION") != VERSION else []
    if not peer.chain:
        found.append(NO_CHAIN)
    elif peer.client == peer.address and not is_loopback(peer.client):
        found.append(OWN_ADDRESS)
    if "HTTP_X_FORWARDED_PROTO" not in meta:
        found.append(NO_SCHEME)
    return found


def of_page(meta: Mapping[str, str], peer: Peer) -> list[str]:
    """The keys of the problems with a request to `/.cloudpanel/`, where configurations also name the proxy's kind."""
    kind = meta.get("HTTP_X_CLOUDPANEL_PROXY", "")
    return of_check(meta, peer, kind) + ([NO_KIND] if kind not in KINDS else [])


def sentences(keys: Iterable[str]) -> list[str | Promise]:
    return [SENTENCES[key] for key in keys if key in SENTENCES]
