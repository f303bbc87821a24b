"""Texts of the pages about several users, by action."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.limits import limited
from accounts.reset.links import INVITATION_HOURS
from accounts.texts import Text
from accounts.users.several import Action

Counted = Any
"""A text with singular and plural, formatted with {"number": …}."""


@dataclass(frozen=True)
class Words:
    heading: Text
    text: Text
    """What happens to the affected users."""
    yes: Counted
    unchanged: Text
    """Why some stay unchanged; with %(number)s of %(all)s."""
    done: Counted


WORDS = {
    Action.REQUIRE: Words(
        heading=_("Require two-factor authentication?"),
        text=_(
            "These users must set up a second factor before using the panel. Those who have none are asked the next "
            "time they use it."
        ),
        yes=ngettext_lazy("Require 2FA of %(number)s user", "Require 2FA of %(number)s users", "number"),
        unchanged=_("%(number)s of %(all)s: already required, no change"),
        done=ngettext_lazy(
            "Two-factor authentication is now required for %(number)s user.",
            "Two-factor authentication is now required for %(number)s users.",
            "number",
        ),
    ),
    Action.RESET: Words(
        heading=_("Reset two-factor authentication?"),
        text=_(
            "This removes the authenticator app, security keys and recovery codes of these users and ends all their "
            "sessions. If 2FA is required, they set it up again at the next login. Make sure you are speaking to each "
            "of them before you reset."
        ),
        yes=ngettext_lazy("Reset 2FA of %(number)s user", "Reset 2FA of %(number)s users", "number"),
        unchanged=_("%(number)s of %(all)s: nothing to reset, no change"),
        done=ngettext_lazy(
            "Two-factor authentication of %(number)s user was reset.",
            "Two-factor authentication of %(number)s users was reset.",
            "number",
        ),
    ),
    Action.ACTIVATE: Words(
        heading=_("Activate these users?"),
        text=_("Activated users can log in again, with the password and second factor that they had."),
        yes=ngettext_lazy("Activate %(number)s user", "Activate %(number)s users", "number"),
        unchanged=_("%(number)s of %(all)s: already active, no change"),
        done=ngettext_lazy("%(number)s user was activated.", "%(number)s users were activated.", "number"),
    ),
    Action.DEACTIVATE: Words(
        heading=_("Deactivate these users?"),
        text=_("Deactivated users are logged out at once and can't log in. Nothing in their accounts is lost."),
        yes=ngettext_lazy("Deactivate %(number)s user", "Deactivate %(number)s users", "number"),
        unchanged=_("%(number)s of %(all)s: already deactivated, no change"),
        done=ngettext_lazy("%(number)s user was deactivated.", "%(number)s users were deactivated.", "number"),
    ),
    Action.ROLE: Words(
        heading=_("Change the role of these users?"),
        text=_("The new permissions apply from the next page that these users open."),
        yes=ngettext_lazy("Change the role of %(number)s user", "Change the role of %(number)s users", "number"),
        unchanged=_("%(number)s of %(all)s: already in this role, no change"),
        done=ngettext_lazy(
            "The role of %(number)s user was changed.", "The role of %(number)s users was changed.", "number"
        ),
    ),
    Action.INVITE: Words(
        heading=_("Send these invitations again?"),
        text=limited(
            _(
                "Each of these users gets a link by email to choose a password. It works once and expires in "
                "%(limit)s hours. Earlier invitations stop working."
            ),
            INVITATION_HOURS,
        ),
        yes=ngettext_lazy("Send %(number)s invitation", "Send %(number)s invitations", "number"),
        unchanged=_("%(number)s of %(all)s: password already set, no change"),
        done=ngettext_lazy("%(number)s user was invited.", "%(number)s users were invited.", "number"),
    ),
    Action.DELETE: Words(
        heading=_("Delete these users?"),
        text=_("This permanently deletes the user accounts. Their log entries stay readable."),
        yes=ngettext_lazy("Delete %(number)s user", "Delete %(number)s users", "number"),
        unchanged="",
        done=ngettext_lazy("%(number)s user was deleted.", "%(number)s users were deleted.", "number"),
    ),
}

PLANNED = ngettext_lazy(
    "Two-factor authentication will be required for %(number)s user from %(moment)s.",
    "Two-factor authentication will be required for %(number)s users from %(moment)s.",
    "number",
)
DESTROYING = (Action.RESET, Action.DELETE)
"""Their buttons are red."""
