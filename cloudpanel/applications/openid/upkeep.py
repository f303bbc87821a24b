"""`housekeeping` for OpenID Connect: deletes what can't be used and isn't needed any more."""

from typing import Any

from accounts.management.commands.housekeeping import remove
from cloudpanel.applications.openid import endings, keys, tokens


def remove_old(**signal: Any) -> str:
    grants, logins, used = map(remove, (tokens.removable(), endings.removable(), tokens.old()))
    remove(keys.removable())
    if not (grants or logins or used):
        return ""
    return f"Removed {grants} old grants, {used} expired tokens and {logins} ended logins of applications."
