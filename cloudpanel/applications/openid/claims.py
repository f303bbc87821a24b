"""The claims about a person. Claims without a value are left out."""

from typing import Any

from accounts.models import User
from cloudpanel.applications.access import used_passkey
from cloudpanel.applications.groups import OWNER, of_role
from cloudpanel.applications.models import Application

ONE_FACTOR = "urn:cloudpanel:password"
TWO_FACTOR = "urn:cloudpanel:2fa"
PHISHING_RESISTANT = "urn:cloudpanel:phr"
SUPPORTED = (
    *("sub", "iss", "aud", "azp", "exp", "iat", "auth_time", "amr", "acr", "sid", "nonce", "at_hash"),
    *("name", "preferred_username", "locale", "updated_at", "email", "email_verified", "groups"),
)


def claims_of(user: User, application: Application, scope: str) -> dict[str, Any]:
    """The claims of these scopes, without those that have no value."""
    asked = scope.split()
    found: dict[str, Any] = {}
    if "profile" in asked:
        found |= _profile(user)
    if "email" in asked and user.email:
        found |= {"email": user.email, "email_verified": user.confirmed_email == user.email}
    if "groups" in asked:
        found |= {"groups": groups(user, application)}
    return {name: value for name, value in found.items() if value not in ("", [])}


def _profile(user: User) -> dict[str, Any]:
    """`updated_at` is the time of the last change of these claims, initially that of the account's creation."""
    changed = user.profile_changed_at or user.created_at
    return {
        "name": user.name,
        "preferred_username": user.username,
        "locale": user.language,
        "updated_at": int(changed.timestamp()),
    }


def groups(user: User, application: Application) -> list[str]:
    if user.pk == application.contract.owner_id:
        return [OWNER]
    group = of_role(user.role.name if user.role else None)
    return [group] if group else []


def amr(methods: str) -> list[str]:
    """The values of RFC 8176. With more than one factor, `mfa` is added."""
    found = methods.split()
    return found if "mfa" in found or len(found) < 2 else [*found, "mfa"]


def acr(methods: str, *, verified: bool) -> str:
    if used_passkey(methods):
        return PHISHING_RESISTANT
    return TWO_FACTOR if verified else ONE_FACTOR
