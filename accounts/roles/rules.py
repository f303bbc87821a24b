"""Which roles somebody may change, clone or assign, and to whom. Pure.

Nobody grants, or gains through a role, a right that they lack. So changing a role needs all of its rights, before and
after the change. A disabled role counts in full, since it may be enabled at any time.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import NOT_PERMITTED, Reasons, covers

BUILT_IN = _("The role Administrator is built in. It can't be changed or deleted.")
BEYOND = Reasons(
    permission=_("This role has permissions that you don't have."),
    application=_("This role opens applications that you don't have permission to open."),
)
GIVES_BEYOND = _("You can't grant permissions that you don't have.")
ONESELF = _("You can't change the role of your own account.")
DISABLES_OWN = _("You can't disable your own role.")
USER_BEYOND = _("One of these users has permissions that you don't have, or opens applications that you can't open.")


@dataclass(frozen=True)
class RoleChange:
    """An action on a role, and the permission it needs."""

    permission: str
    built_in: bool = False
    """Possible with Administrator, too."""


NAME = RoleChange("roles.set_name")
DESCRIPTION = RoleChange("roles.set_description")
MODIFY = RoleChange("roles.modify")
DELETE = RoleChange("roles.delete")
CLONE = RoleChange("roles.clone", built_in=True)
USERS = RoleChange("roles.manage_users", built_in=True)


@dataclass(frozen=True)
class RoleSnapshot:
    """A role as the rules see it."""

    rights: frozenset[str]
    built_in: bool


def refusal(
    change: RoleChange, may: frozenset[str], role: RoleSnapshot, *, after: frozenset[str] = frozenset()
) -> str | Promise | None:
    """Why somebody with these permissions may not do this to that role; None if they may."""
    if change.permission not in may:
        return NOT_PERMITTED
    if role.built_in and not change.built_in:
        return BUILT_IN
    return BEYOND.of(may, role.rights) or (None if covers(may, after) else GIVES_BEYOND)


def refusal_to_move(may: frozenset[str], own_id: int, moved: dict[int, frozenset[str]]) -> str | Promise | None:
    """Why these users (their permissions by id) may not be added to another role; None if they may."""
    if own_id in moved:
        return ONESELF
    return None if all(covers(may, rights) for rights in moved.values()) else USER_BEYOND
