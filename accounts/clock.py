"""Stored times that lie ahead of this machine's clock.

A time further ahead than the clocks of two machines may differ was written while a clock was wrong. Nothing waits for
it, nothing lives until it, and the operator is told.
"""

import logging
from datetime import datetime, timedelta

SLACK = timedelta(minutes=5)
"""How far the clocks of two machines, or of one before and after a correction, may differ."""

logger = logging.getLogger("cloudpanel.clock")


def latest_possible(now: datetime) -> datetime:
    """A time that was stored as "now" and is later than this comes from another clock."""
    return now + SLACK


def warn(what: str) -> None:
    """`what` says whose stored time it is, in English and without secrets."""
    logger.warning(
        "%s is ahead of this machine's clock and is ignored. Some clock is or was wrong: check the time on every "
        "machine (NTP), then run `manage.py twofactor status`.",
        what,
    )
