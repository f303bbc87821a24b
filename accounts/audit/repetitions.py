"""Log rows for events that somebody can repeat without limit: at most one a minute, with a count of those in between.

The log is append-only, so the count is in the next row of the same kind.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import clock
from accounts.audit.record import record_event
from accounts.models import Event, Outcome, User
from accounts.models.prepared import first
from accounts.origin import Origin

EVERY = timedelta(minutes=1)
_TEXT = """
    INSERT INTO accounts_repetition (key, since, more, passed_over) VALUES (%(key)s, %(now)s, 0, 0)
    ON CONFLICT (key) DO UPDATE SET
        passed_over = CASE WHEN {over} THEN accounts_repetition.more ELSE accounts_repetition.passed_over END,
        more = CASE WHEN {over} THEN 0 ELSE accounts_repetition.more + 1 END,
        since = CASE WHEN {over} THEN excluded.since ELSE accounts_repetition.since END
    RETURNING more, passed_over
"""
_COUNT = _TEXT.format(over="accounts_repetition.since <= %(earliest)s OR accounts_repetition.since > %(latest)s")


def record(
    what: str, event: Event, *, person: User | None, origin: Origin, detail: Mapping[str, Any] | None = None, **row: Any
) -> None:
    """Writes a row as `record_event` does, unless the same `what` by this person and address was logged in the last
    minute.

    `what` separates events that must not be counted together. Call it within a transaction.
    """
    material = f"{event}|{what}|{person.pk if person else ''}|{origin.network()}"
    key = salted_hmac("accounts.audit.repetitions", material, algorithm="sha256").hexdigest()
    now = timezone.now()
    found = first(_COUNT, key=key, now=now, earliest=now - EVERY, latest=clock.latest_possible(now))
    more, passed_over = found or (0, 0)
    if not more:
        repeated = {"repeated": passed_over} if passed_over else {}
        record_event(event, origin=origin, detail={**(detail or {}), **repeated}, **row)


def record_repeated(event: Event, outcome: Outcome, user: User, origin: Origin, *, at: Event) -> None:
    """For events at a login or confirmation whose target is `user`. They cost no attempt, so they can be sent without
    limit."""
    record(at, event, person=user, origin=origin, outcome=outcome, target=user)
