"""`Cloudpanel-Assertion`: the person's identity, signed for one application, for applications that don't trust plain
headers.

A JWT (RFC 7519) with the claims of an ID token. All workers and servers share its key, a row of the database, which a
process reads again every five minutes. A replaced key stays published for longer.
"""

import time
from functools import lru_cache
from typing import Any

from django.conf import settings
from joserfc import jwt
from joserfc.jwk import ECKey

from cloudpanel.applications.groups import OWNER, of_role
from cloudpanel.applications.guard.rows import GuardRow
from cloudpanel.applications.openid import claims, keys

HEADER = "Cloudpanel-Assertion"
TYPE = "cloudpanel-assertion+jwt"
"""The `typ` of the JWT, so that it can't be mistaken for an ID token (RFC 8725 section 3.11)."""
SECONDS = 60
KEY_SECONDS = 5 * 60


def sign_assertion(found: GuardRow, origin: str) -> str:
    """The assertion about the visit's person, for the application at this origin."""
    now, key = int(time.time()), _key(int(time.monotonic() // KEY_SECONDS))
    content = {"iss": settings.PUBLIC_URL, "aud": origin, "iat": now, "exp": now + SECONDS} | _person(found)
    return jwt.encode({"alg": keys.GUARDS_ALGORITHM, "kid": key.kid, "typ": TYPE}, content, key)


def _person(found: GuardRow) -> dict[str, Any]:
    """Claims without a value are left out, as in an ID token."""
    group = OWNER if found.user_id == found.owner_id else of_role(found.role)
    said = {
        "sub": found.subject,
        "sid": found.sid,
        "name": found.full_name,
        "preferred_username": found.username,
        "email": found.email,
        "groups": [group] if group else [],
        "amr": claims.amr(found.methods),
        "acr": claims.acr(found.methods, verified=bool(found.visit_verified)),
    }
    return {name: value for name, value in said.items() if value not in ("", [])}


@lru_cache(maxsize=1)
def _key(period: int) -> ECKey:
    """Reads the key once per period."""
    return keys.guards()
