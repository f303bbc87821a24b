"""The catalogue of permissions, and who may grant them.

Nobody grants, or gains through a change, a right that they lack: a permission, or the right to open an application that
is only for some roles. There is no permission for two-factor authentication.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NOT_PERMITTED = _("Your role doesn't allow this.")


class PermissionKind(StrEnum):
    """The choices of the quick selection on the permissions page."""

    DISPLAY = "display"
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"


@dataclass(frozen=True)
class Permission:
    key: str
    kind: PermissionKind
    label: str | Promise


@dataclass(frozen=True)
class Section:
    key: str
    label: str | Promise
    permissions: tuple[Permission, ...]


CATALOGUE = (
    Section(
        "users",
        _("Users"),
        (
            Permission("users.show", PermissionKind.DISPLAY, _("View users and their details")),
            Permission("users.create", PermissionKind.CREATE, _("Create users")),
            Permission("users.delete", PermissionKind.DELETE, _("Delete users")),
            Permission("users.set_name", PermissionKind.CHANGE, _("Change names")),
            Permission("users.set_description", PermissionKind.CHANGE, _("Change descriptions")),
            Permission("users.set_email", PermissionKind.CHANGE, _("Change email addresses")),
            Permission("users.set_password", PermissionKind.CHANGE, _("Set passwords and send invitations")),
            Permission("users.enable", PermissionKind.CHANGE, _("Activate and unlock users")),
            Permission("users.disable", PermissionKind.CHANGE, _("Deactivate users")),
            Permission("users.change_role", PermissionKind.CHANGE, _("Change the role of users")),
        ),
    ),
    Section(
        "roles",
        _("Roles"),
        (
            Permission("roles.show", PermissionKind.DISPLAY, _("View roles and their permissions")),
            Permission("roles.create", PermissionKind.CREATE, _("Create roles")),
            Permission("roles.delete", PermissionKind.DELETE, _("Delete roles")),
            Permission("roles.set_name", PermissionKind.CHANGE, _("Change role names")),
            Permission("roles.set_description", PermissionKind.CHANGE, _("Change role descriptions")),
            Permission("roles.manage_users", PermissionKind.CHANGE, _("Add users to roles")),
            Permission("roles.modify", PermissionKind.CHANGE, _("Change role permissions and state")),
            Permission("roles.clone", PermissionKind.CREATE, _("Clone roles")),
        ),
    ),
    Section(
        "applications",
        _("Applications"),
        (
            Permission("applications.show", PermissionKind.DISPLAY, _("View applications and their settings")),
            Permission("applications.create", PermissionKind.CREATE, _("Create applications")),
            Permission("applications.delete", PermissionKind.DELETE, _("Delete applications")),
            Permission("applications.set_name", PermissionKind.CHANGE, _("Change application names")),
            Permission("applications.set_description", PermissionKind.CHANGE, _("Change application descriptions")),
            Permission("applications.modify", PermissionKind.CHANGE, _("Change origin, protection, needs and state")),
            Permission("applications.manage_access", PermissionKind.CHANGE, _("Change who may open applications")),
        ),
    ),
    Section("logs", _("Logs"), (Permission("logs.show", PermissionKind.DISPLAY, _("View and export the logs")),)),
)

ALL_PERMISSIONS = frozenset(p.key for section in CATALOGUE for p in section.permissions)
DISPLAY_PERMISSIONS = frozenset(p.key for s in CATALOGUE for p in s.permissions if p.kind is PermissionKind.DISPLAY)


MANAGES_ACCESS = "applications.manage_access"


def opening(application: int) -> str:
    """The right to open an application that is only for some roles. It isn't granted by name but comes with the role,
    and counts like a permission."""
    return f"application:{application}"


def lacking(own: frozenset[str], rights: Iterable[str]) -> frozenset[str]:
    """What somebody with the rights `own` lacks of these. Nobody may grant it, or take over an account that has it.

    Whoever may change the access of applications could list any role.
    """
    missing = frozenset(rights) - own
    return missing & ALL_PERMISSIONS if MANAGES_ACCESS in own else missing


def covers(own: frozenset[str], rights: Iterable[str]) -> bool:
    return not lacking(own, rights)


@dataclass(frozen=True)
class Reasons:
    """What to say to somebody who lacks a permission, or only the right to open an application."""

    permission: str | Promise
    application: str | Promise

    def of(self, own: frozenset[str], rights: Iterable[str]) -> str | Promise | None:
        """Why the rights `own` are not enough for these; None if they are."""
        if missing := lacking(own, rights):
            return self.permission if missing & ALL_PERMISSIONS else self.application
        return None
