"""The rules for changing users beyond permissions: whose account somebody may change. Pure.

Nobody gains, through somebody else's account, a right that they lack.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import NOT_PERMITTED, Reasons

BEYOND = Reasons(
    permission=_("This user has permissions that you don't have."),
    application=_("This user's role opens applications that you don't have permission to open."),
)
OWNER_ONLY = _("Only the account owner can change this.")
ROLE_BEYOND = Reasons(
    permission=_("You can't assign this role: it has permissions that you don't have."),
    application=_("You can't assign this role: it opens applications that you don't have permission to open."),
)


@dataclass(frozen=True)
class UserChange:
    """An action on a user, with the permission it needs and whom it may affect."""

    permission: str
    within_own_rights: bool = False
    """Only for users whose rights are a subset of one's own."""
    not_oneself: str | Promise = ""
    """Why people can't do this to their own account."""


NAME = UserChange("users.set_name")
DESCRIPTION = UserChange("users.set_description")
CREATE = UserChange("users.create", within_own_rights=True)
# Whoever has a stolen session must not pass by what the profile asks for.
EMAIL = UserChange("users.set_email", within_own_rights=True, not_oneself=_("Change your own email in your profile."))
PASSWORD = UserChange(
    "users.set_password", within_own_rights=True, not_oneself=_("Change your own password in your profile.")
)
ROLE = UserChange(
    "users.change_role", within_own_rights=True, not_oneself=_("You can't change the role of your own account.")
)
ACTIVATE = UserChange("users.enable")
DEACTIVATE = UserChange(
    "users.disable", within_own_rights=True, not_oneself=_("You can't deactivate your own account.")
)
# Else a stolen session could guess codes at /confirm/ and unlock itself whenever it has to wait.
UNLOCK = UserChange(
    "users.enable",
    within_own_rights=True,  # else a helper could guess at an administrator's codes for hours
    not_oneself=_("You can't unlock your own account. Ask somebody who has this permission."),
)
DELETE = UserChange("users.delete", within_own_rights=True, not_oneself=_("You can't delete your own account."))


@dataclass(frozen=True)
class Viewer:
    """The viewer of a user, with what they may do."""

    id: int
    permissions: frozenset[str]
    is_owner: bool = False
    """For what no permission allows. The rules here don't ask: owners have every permission."""


def refusal(change: UserChange, viewer: Viewer, *, target_id: int, rights: frozenset[str]) -> str | Promise | None:
    """Why this viewer may not do this to that user; None if they may."""
    if change.permission not in viewer.permissions:
        return NOT_PERMITTED
    if change.not_oneself and viewer.id == target_id:
        return change.not_oneself
    return BEYOND.of(viewer.permissions, rights) if change.within_own_rights else None


def allows(change: UserChange, viewer: Viewer, *, target_id: int, rights: frozenset[str]) -> bool:
    return refusal(change, viewer, target_id=target_id, rights=rights) is None


def refusal_to_assign(own: frozenset[str], rights: frozenset[str]) -> str | Promise | None:
    """Why somebody with the rights `own` may not give anybody a role with these rights; None if they may."""
    return ROLE_BEYOND.of(own, rights)


def state_change(*, active: bool) -> UserChange:
    """The action that makes somebody active or inactive."""
    return ACTIVATE if active else DEACTIVATE
