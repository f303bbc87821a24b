"""The rows of the table of users: what each says, and what this viewer may do to that user."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.users import invitations, queries, rules
from accounts.users.facts import UserAccess, access_of_viewer
from accounts.users.rules import Viewer

HOUR = 3600


@dataclass(frozen=True)
class MenuItem:
    """One entry of a row's menu: the page that asks."""

    text: str | Promise
    url: str
    icon: str
    danger: bool = False


@dataclass(frozen=True)
class UserLine:
    member: User
    access: UserAccess
    locked: bool
    invited_at: datetime | None
    """When the last invitation was sent, of somebody who has no password yet."""

    @property
    def initials(self) -> str:
        words = [word for word in self.member.name.split() if word[0].isalpha()]
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def status(self) -> tuple[str, str]:
        """A badge's shape and its words."""
        if not self.member.is_active:
            return "off", _("Deactivated")
        if self.locked:
            return "warn", _("Locked")
        return self._invited() if self.invited_at else ("ok", _("Active"))

    def _invited(self) -> tuple[str, str]:
        left = (self.invited_at + invitations.LIFETIME - now()).total_seconds() if self.invited_at else 0
        hours = int(left // HOUR)
        if left <= 0:
            return "warn", _("Invitation expired")
        if hours:
            return "pending", _("Invited, %(hours)s h left") % {"hours": hours}
        return "pending", _("Invited, less than 1 h left")

    @property
    def menu(self) -> list[MenuItem]:
        return [item for item in self._possible() if item.url]

    def _possible(self) -> list[MenuItem]:
        member, may = self.member, self.access
        owner, active = may.viewer.is_owner, member.is_active
        to_require = owner and not member.two_factor_required
        state = may.pencil(rules.state_change(active=not active), "user_state")
        return [
            MenuItem(_("Require 2FA"), self._page("two_factor_required", to_require), "shield-check"),
            MenuItem(_("Reset 2FA"), self._page("two_factor_reset", may.may_reset), "rotate-ccw"),
            MenuItem(_("Send invitation again"), self._page("user_password", self._may_be_invited()), "mail"),
            MenuItem(_("Unlock"), self._page("user_unlock", self.locked and may.may_unlock), "lock-open"),
            MenuItem(_("Deactivate") if active else _("Activate"), state, "user-x" if active else "user-check"),
            MenuItem(_("Delete"), self._page("user_delete", may.may_delete), "trash-2", danger=True),
        ]  # fmt: skip

    def _may_be_invited(self) -> bool:
        return bool(self.invited_at and self.member.is_active and self.access.allows(rules.PASSWORD))

    def _page(self, name: str, offered: bool) -> str:
        return reverse(name, args=[self.member.pk]) if offered else ""


def lines_of(members: list[User], viewer: Viewer) -> list[UserLine]:
    """Two queries at most, however many users."""
    locked = queries.locked_among(members)
    invited = invitations.sent_to(members)
    return [
        UserLine(member, access_of_viewer(member, viewer), member.pk in locked, invited.get(member.pk))
        for member in members
    ]
