"""How long a session counts as recently confirmed, for changes that weaken a factor (OWASP ASVS 5.0 V7.5)."""

import time

from accounts import clock
from accounts.gate.request import PanelRequest

CONFIRMED_AT = "confirmed_at"
EXTENDED_AT = "confirmation_extended_at"
FRESH_SECONDS = 5 * 60
FRESH_SECONDS_IN_ALL = 30 * 60


def confirm_now(request: PanelRequest) -> None:
    """From now on, this session counts as recently confirmed."""
    request.session[CONFIRMED_AT] = int(time.time())


def extend_confirmation(request: PanelRequest) -> None:
    """A sensitive action starts the five minutes again, so that somebody who does ten in a row isn't asked ten
    times."""
    if confirmed_recently(request):
        request.session[EXTENDED_AT] = int(time.time())


def confirmed_recently(request: PanelRequest) -> bool:
    """Within five minutes of the last confirmation or sensitive action, and 30 of a full login or confirmation."""
    at = request.session.get(CONFIRMED_AT)
    if at is None:
        return False
    used = max(at, request.session.get(EXTENDED_AT, at))
    return clock.is_within(FRESH_SECONDS_IN_ALL, at) and clock.is_within(FRESH_SECONDS, used)
