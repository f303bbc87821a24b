"""The catalogue of permissions, and who may give them.

The one rule: nobody gives, or gains through a change, a right they lack. None exists for two-factor authentication.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """What the quick selection on the permissions page picks."""

    DISPLAY = "display"
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"


@dataclass(frozen=True)
class Permission:
    key: str
    kind: Kind
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
            Permission("users.show", Kind.DISPLAY, _("See users and their details")),
            Permission("users.create", Kind.CREATE, _("Create users")),
            Permission("users.delete", Kind.DELETE, _("Delete users")),
            Permission("users.set_name", Kind.CHANGE, _("Change names")),
            Permission("users.set_description", Kind.CHANGE, _("Change descriptions")),
            Permission("users.set_email", Kind.CHANGE, _("Change e-mail addresses")),
            Permission("users.set_password", Kind.CHANGE, _("Set passwords and send invitations")),
            Permission("users.enable", Kind.CHANGE, _("Activate and unlock users")),
            Permission("users.disable", Kind.CHANGE, _("Deactivate users")),
            Permission("users.change_role", Kind.CHANGE, _("Change the role of users")),
        ),
    ),
    Section(
        "roles",
        _("Roles"),
        (
            Permission("roles.show", Kind.DISPLAY, _("See roles and their permissions")),
            Permission("roles.create", Kind.CREATE, _("Create roles")),
            Permission("roles.delete", Kind.DELETE, _("Delete roles")),
            Permission("roles.set_name", Kind.CHANGE, _("Change names of roles")),
            Permission("roles.set_description", Kind.CHANGE, _("Change descriptions of roles")),
            Permission("roles.manage_users", Kind.CHANGE, _("Put users into roles")),
            Permission("roles.modify", Kind.CHANGE, _("Change permissions and state of roles")),
            Permission("roles.clone", Kind.CREATE, _("Clone roles")),
        ),
    ),
    Section("logs", _("Logs"), (Permission("logs.show", Kind.DISPLAY, _("See and export the logs")),)),
)

ALL_PERMISSIONS = frozenset(p.key for section in CATALOGUE for p in section.permissions)
DISPLAY_PERMISSIONS = frozenset(p.key for s in CATALOGUE for p in s.permissions if p.kind is Kind.DISPLAY)


def may_grant(own: frozenset[str], rights: Iterable[str]) -> bool:
    """Only who has all of these rights may give them, by role, clone or change."""
    return own.issuperset(rights)


def is_subset(theirs: Iterable[str], own: frozenset[str]) -> bool:
    """Passwords, e-mails, roles, state and deletion are open only for users whose rights one has oneself."""
    return own.issuperset(theirs)
