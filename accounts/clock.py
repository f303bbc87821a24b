"""Handles stored times that are ahead of this machine's clock.

A time that is ahead by more than two machines' clocks may differ was written while a clock was wrong. Nothing waits for
it or lives until it, and the operator is warned.
"""

import logging
import time
from datetime import datetime, timedelta

SLACK = timedelta(minutes=5)
"""How far the clocks of two machines may differ, or one clock before and after a correction."""

logger = logging.getLogger("cloudpanel.clock")


def latest_possible(now: datetime) -> datetime:
    """A time that was stored as "now" and is later than this was written by another clock."""
    return now + SLACK


def is_within(seconds: float, since: float) -> bool:
    """Whether `since` (Unix time) is less than this many seconds ago, on whichever machine it was stored."""
    return -SLACK.total_seconds() <= time.time() - since < seconds


def warn(what: str) -> None:
    """Logs a warning. `what` says whose stored time it is, in English and without secrets."""
    logger.warning(
        "%s is ahead of this machine's clock and is ignored. Some clock is or was wrong: check the time on every "
        "machine (NTP), then run `manage.py twofactor status`.",
        what,
    )
