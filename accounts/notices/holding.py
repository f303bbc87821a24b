"""What of a notice still holds when it is read, which may be long after it was written."""

from django.dispatch import Signal

from accounts import moments
from accounts.models import Event, Notice, User

help_asked = Signal()
"""Sent with `user`. A receiver returns whether a request for help of this account can be answered now."""


def still_true(notice: Notice, concerned: User | None) -> bool:
    """Whether a notice still applies to the account. None applies to an account that no longer exists."""
    if concerned is None:
        return False
    match notice.event:
        case Event.TWO_FACTOR_REQUIRED if notice.detail.get("new") == "yes":
            required = concerned.two_factor_required and not concerned.two_factor_planned
            return required and not concerned.two_factor_active
        case Event.TWO_FACTOR_PLANNED:
            return _is_still_the_plan(notice, concerned)
        case Event.TWO_FACTOR_REMINDED:
            return concerned.two_factor_required and not concerned.two_factor_active
        case Event.USER_STATE:
            return concerned.is_active is (notice.detail.get("new") == "active")
        case Event.PASSWORD_REVOKED | Event.PASSWORD_BLOCKED:
            return concerned.password_revoked_at is not None
    return True


def _is_still_the_plan(notice: Notice, concerned: User) -> bool:
    """Whether it is planned for the date in the notice and not set up yet; or not required, if the notice is about
    the end of a plan."""
    moment = moments.read(notice.detail.get("new"))
    if moment is None:
        return not concerned.two_factor_required
    same = concerned.two_factor_required_from == moment
    return same and concerned.two_factor_required and not concerned.two_factor_active


def is_on_every_page(notice: Notice) -> bool:
    """Whether a line on each page of the panel says the same, until 2FA is set up: from when on it is required."""
    user = notice.user
    planned = user.two_factor_planned and not user.two_factor_active
    return planned and not notice.about and notice.event in (Event.TWO_FACTOR_PLANNED, Event.TWO_FACTOR_REMINDED)


def still_follows(notice: Notice) -> bool:
    """Whether what follows from the event is still so. That it happened stays worth knowing."""
    user = notice.user
    match notice.event:
        case Event.HELP_REQUESTED:
            return any(is_open for _receiver, is_open in help_asked.send(User, user=user))
        case Event.HELP_APPROVED:
            return bool(user.setup_browser)
        case Event.USER_EMAIL if notice.detail.get("new") == "none":
            return not user.email
        case Event.TWO_FACTOR_RESET | Event.TWO_FACTOR_DISABLED:
            return not user.two_factor_active
        case Event.TWO_FACTOR_REQUIRED if notice.detail.get("new") != "yes":
            return not user.two_factor_active
        case Event.TWO_FACTOR_ACTIVATED | Event.APP_REMOVED:
            return user.two_factor_active
    return True
