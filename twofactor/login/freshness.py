"""How long a session counts as freshly proved, for what weakens or changes a factor (OWASP ASVS 5.0 V7.5)."""

import time

from accounts.gate.request import PanelRequest

CONFIRMED_AT = "confirmed_at"
EXTENDED_AT = "confirmation_extended_at"
FRESH_SECONDS = 5 * 60
FRESH_SECONDS_IN_ALL = 30 * 60


def confirm_now(request: PanelRequest) -> None:
    """From now on this session counts as freshly proved."""
    request.session[CONFIRMED_AT] = int(time.time())


def extend_confirmation(request: PanelRequest) -> None:
    """A sensitive act begins the five minutes anew, so that one who does ten in a row isn't asked ten times."""
    if confirmed_recently(request):
        request.session[EXTENDED_AT] = int(time.time())


def confirmed_recently(request: PanelRequest) -> bool:
    """Within five minutes of the last proof or sensitive act, and 30 of the proof: a full login or a confirmation."""
    now, at = time.time(), int(request.session.get(CONFIRMED_AT, 0))
    used = max(at, int(request.session.get(EXTENDED_AT, 0)))
    return 0 <= now - at < FRESH_SECONDS_IN_ALL and 0 <= now - used < FRESH_SECONDS
