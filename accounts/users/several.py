"""What can be done to several users at once: the names of the actions, and who may use them."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.users import rules
from accounts.users.rules import Viewer


class Action(StrEnum):
    REQUIRE = "require"
    RESET = "reset"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    ROLE = "role"
    INVITE = "invite"
    DELETE = "delete"


CHANGES = {
    Action.ACTIVATE: rules.ACTIVATE,
    Action.DEACTIVATE: rules.DEACTIVATE,
    Action.ROLE: rules.ROLE,
    Action.INVITE: rules.PASSWORD,
    Action.DELETE: rules.DELETE,
}
"""By the same rules as for one user. Actions not listed here are for the account owner only."""


@dataclass(frozen=True)
class Button:
    """A button below the list."""

    action: Action
    text: str | Promise
    icon: str
    danger: bool = False


BUTTONS = (
    Button(Action.REQUIRE, _("Require 2FA"), "shield-check"),
    Button(Action.RESET, _("Reset 2FA"), "rotate-ccw"),
    Button(Action.ACTIVATE, _("Activate"), "user-check"),
    Button(Action.DEACTIVATE, _("Deactivate"), "user-x"),
    Button(Action.ROLE, _("Change role"), "key-round"),
    Button(Action.INVITE, _("Send invitation again"), "mail"),
    Button(Action.DELETE, _("Delete"), "trash-2", danger=True),
)


def permitted(action: Action, viewer: Viewer) -> bool:
    """Whether this viewer may do this to any user."""
    return CHANGES[action].permission in viewer.permissions if action in CHANGES else viewer.is_owner


def offered(viewer: Viewer) -> list[Button]:
    return [button for button in BUTTONS if permitted(button.action, viewer)]
