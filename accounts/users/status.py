"""The status of a user in words, the same wherever users are shown."""

from dataclasses import dataclass
from math import ceil

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.users import invitations, queries
from accounts.users.invitations import Invitation

HOUR_SECONDS = 3600


@dataclass(frozen=True)
class Status:
    badge: str
    """The style: ok, off, pending or warn."""
    text: str


def status_of(user: User, *, locked: bool, invitation: Invitation | None) -> Status:
    """`invitation`: the last one, for a user without a password."""
    if not user.is_active:
        return Status("off", _("Deactivated"))
    if locked:
        return Status("warn", _("Locked"))
    return _invited(invitation) if invitation else Status("ok", _("Active"))


def _invited(invitation: Invitation) -> Status:
    left = invitation.seconds_left
    if left <= 0:
        return Status("warn", _("Invitation expired"))
    if left < HOUR_SECONDS:
        return Status("pending", _("Invited, < 1 h left"))
    return Status("pending", _("Invited, %(hours)s h left") % {"hours": ceil(left / HOUR_SECONDS)})


def statuses_of(users: list[User]) -> list[Status]:
    """Four queries at most, for any number of users."""
    locked = queries.locked_among(users)
    invited = invitations.sent_to(users)
    return [status_of(user, locked=user.pk in locked, invitation=invited.get(user.pk)) for user in users]
