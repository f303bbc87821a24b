"""Decides when a request for help has ended. Pure: what the database says is passed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts import clock
from twofactor.help.models import HelpDecision

LIFETIME = timedelta(minutes=30)
WRONG_ENTRIES = 3
"""This many wrong entries end a request."""
MAILS_A_DAY = 3
"""How many requests are mailed within 24 hours: for each known browser of an account, and for all unknown ones
together."""


@dataclass(frozen=True)
class Facts:
    expires_at: datetime
    stamp: int
    """Of the account when the request was made."""
    stamp_now: int
    may_log_in: bool
    """The account is active and its password isn't blocked."""
    login_waits: bool
    """The pending login of the request still exists."""


def ended(facts: Facts, now: datetime) -> HelpDecision | None:
    """Why an undecided request has ended; None while it can be answered."""
    of_another_clock = facts.expires_at > clock.latest_possible(now) + LIFETIME
    if facts.stamp != facts.stamp_now or not facts.may_log_in:
        return HelpDecision.ACCOUNT_CHANGED
    if now >= facts.expires_at or of_another_clock:
        return HelpDecision.EXPIRED
    return None if facts.login_waits else HelpDecision.LOGIN_ENDED
