"""The log row of a wait after too many attempts."""

from django.db import transaction

from accounts.audit.record import record_event
from accounts.models import Event, Outcome, User
from accounts.origin import Origin
from accounts.throttling.budgets import Wait


def note_wait(wait: Wait, target: User | None, origin: Origin, *, actor: User | None = None) -> None:
    """Writes one row for each wait, however many attempts it refuses."""
    if wait.first:
        with transaction.atomic():
            record_event(Event.THROTTLED, origin=origin, outcome=Outcome.REFUSED, actor=actor, target=target)
