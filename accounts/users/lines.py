"""The rows of the list of users: what each shows, and what this viewer may do to that user."""

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.lists import menu
from accounts.lists.menu import MenuItem
from accounts.models import User
from accounts.users import invitations, methods, queries, rules
from accounts.users.invitations import Invitation
from accounts.users.rules import Viewer
from accounts.users.status import Status, status_of
from accounts.users.user_access import UserAccess, access_of_viewer


@dataclass(frozen=True)
class UserLine:
    user: User
    access: UserAccess
    locked: bool
    invitation: Invitation | None
    """The last one, for a user without a password."""

    @property
    def status(self) -> Status:
        return status_of(self.user, locked=self.locked, invitation=self.invitation)

    @property
    def methods(self) -> str:
        return methods.in_words(self.user)

    @property
    def menu(self) -> list[MenuItem]:
        return menu.offered(self._possible())

    def _possible(self) -> list[MenuItem]:
        user, may = self.user, self.access
        owner, active = may.viewer.is_owner, user.is_active
        to_require = owner and not user.two_factor_required
        state = may.pencil(rules.state_change(active=not active), "user_state")
        to_set = _("Deactivate") if active else _("Activate")
        opposite = "deactivated" if active else "active"
        invite = self._page("user_password", self._may_be_invited())
        return [
            MenuItem(_("Require 2FA"), self._page("two_factor_required", to_require), "shield-check", wish="yes"),
            MenuItem(_("Reset 2FA"), self._page("two_factor_reset", may.may_reset), "rotate-ccw"),
            MenuItem(_("Send invitation again"), invite, "mail", wish="invite"),
            MenuItem(_("Unlock"), self._page("user_unlock", self.locked and may.may_unlock), "lock-open"),
            MenuItem(to_set, state, "user-x" if active else "user-check", wish=opposite),
            MenuItem(_("Delete"), self._page("user_delete", may.may_delete), "trash-2", danger=True),
        ]

    def _may_be_invited(self) -> bool:
        possible = settings.MAIL_ENABLED and self.invitation and self.user.is_active
        return bool(possible and self.access.allows(rules.PASSWORD))

    def _page(self, name: str, offered: bool) -> str:
        return reverse(name, args=[self.user.pk]) if offered else ""


def lines_of(users: list[User], viewer: Viewer) -> list[UserLine]:
    """Four queries at most, for any number of users."""
    locked = queries.locked_among(users)
    invited = invitations.sent_to(users)
    return [UserLine(user, access_of_viewer(user, viewer), user.pk in locked, invited.get(user.pk)) for user in users]
