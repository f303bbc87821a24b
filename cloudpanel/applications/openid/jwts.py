"""Signs ID tokens and logout tokens, and reads ID tokens that come back as hints."""

import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.conf import settings
from joserfc import jws, jwt
from joserfc.errors import JoseError

from cloudpanel.applications.openid import claims, keys
from cloudpanel.applications.openid.models import Client, Login
from cloudpanel.applications.openid.tokens import Issued

ID_TOKEN_SECONDS = 10 * 60
LOGOUT_TOKEN_SECONDS = 2 * 60
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
HINT_SECONDS = int(keys.KEPT.total_seconds())
LONGEST_HINT = 8000


def id_token(issued: Issued, *, first: bool) -> str:
    """`first`: issued for a code. One that is issued with a refresh has no nonce (OpenID Connect Core section 12.2)."""
    grant, now = issued.grant, int(time.time())
    client_id = str(grant.client.application.client_id)
    content: dict[str, Any] = {
        "iss": settings.PUBLIC_URL,
        "sub": grant.user.subject,
        "aud": client_id,
        "azp": client_id,
        "iat": now,
        "exp": now + ID_TOKEN_SECONDS,
        "auth_time": int(grant.auth_time.timestamp()),
        "amr": claims.amr(grant.methods),
        "acr": claims.acr(grant.methods, verified=grant.verified),
        "sid": grant.sid,
        "at_hash": _half(issued.access_token),
    }
    if first and grant.nonce:
        content["nonce"] = grant.nonce
    return _signed(content | claims.claims_of(grant.user, grant.client.application, issued.scope), "JWT")


def logout_token(login: Login) -> str:
    """OpenID Connect Back-Channel Logout 1.0, section 2.4."""
    now = int(time.time())
    content: dict[str, Any] = {
        "iss": settings.PUBLIC_URL,
        "sub": login.subject,
        "aud": login.client.application.client_id,
        "iat": now,
        "exp": now + LOGOUT_TOKEN_SECONDS,
        "jti": secrets.token_urlsafe(16),
        "sid": login.sid,
        "events": {LOGOUT_EVENT: {}},
    }
    return _signed(content, "logout+jwt")


def _signed(content: dict[str, Any], kind: str) -> str:
    key = keys.current()
    return jwt.encode({"alg": keys.ALGORITHM, "kid": key.kid, "typ": kind}, content, key)


def _half(token: str) -> str:
    """`at_hash`: the left half of the SHA-256 digest in base64url."""
    return urlsafe_b64encode(sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


@dataclass(frozen=True)
class Hint:
    """An ID token of the panel that an application sent back."""

    subject: str
    client_id: str
    sid: str


def hint(token: str) -> Hint | None:
    """None unless the panel has signed it within 30 days. It may have expired."""
    if not token or len(token) > LONGEST_HINT or not token.isascii():
        return None
    try:
        header = jws.extract_compact(token.encode()).headers()
        key = keys.public(header.get("kid", ""))
        if key is None or header.get("typ") != "JWT":
            return None
        content = jwt.decode(token, key, algorithms=[keys.ALGORITHM]).claims
    except (JoseError, ValueError, TypeError, AttributeError):
        return None
    return _hint(content)


def _hint(content: dict[str, Any]) -> Hint | None:
    names = ("iss", "sub", "aud", "sid")
    if not all(isinstance(content.get(name), str) for name in names) or content["iss"] != settings.PUBLIC_URL:
        return None
    made = content.get("iat")
    if not isinstance(made, int) or time.time() - made > HINT_SECONDS:
        return None
    return Hint(content["sub"], content["aud"], content["sid"])


def is_for(found: Hint, client: Client) -> bool:
    return found.client_id == client.application.client_id
