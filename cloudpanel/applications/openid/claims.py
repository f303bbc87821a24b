"""What an application learns of a person. A claim without a value is left out."""

from typing import Any

from accounts.models import User
from cloudpanel.applications.groups import OWNER, of_role
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid.opening import KEYS

ONE_FACTOR = "urn:cloudpanel:password"
TWO_FACTOR = "urn:cloudpanel:2fa"
PHISHING_RESISTANT = "urn:cloudpanel:phr"
SUPPORTED = (
    *("sub", "iss", "aud", "azp", "exp", "iat", "auth_time", "amr", "acr", "sid", "nonce", "at_hash"),
    *("name", "preferred_username", "locale", "email", "email_verified", "groups"),
)


def of(user: User, application: Application, scope: str) -> dict[str, Any]:
    """The claims of these scopes; those that name nothing are absent."""
    asked = scope.split()
    found: dict[str, Any] = {}
    if "profile" in asked:
        found |= {"name": user.name, "preferred_username": user.username, "locale": user.language}
    if "email" in asked and user.email:
        found |= {"email": user.email, "email_verified": user.confirmed_email == user.email}
    if "groups" in asked:
        found |= {"groups": groups(user, application)}
    return {name: value for name, value in found.items() if value not in ("", [])}


def groups(user: User, application: Application) -> list[str]:
    if user.pk == application.contract.owner_id:
        return [OWNER]
    group = of_role(user.role.name if user.role else None)
    return [group] if group else []


def amr(methods: str) -> list[str]:
    """The values of RFC 8176. More than one factor is also said in so many words."""
    found = methods.split()
    return found if "mfa" in found or len(found) < 2 else [*found, "mfa"]


def acr(methods: str, *, verified: bool) -> str:
    if KEYS.intersection(methods.split()):
        return PHISHING_RESISTANT
    return TWO_FACTOR if verified else ONE_FACTOR
