"""Log rows that somebody can cause as often as they like: one a minute, which says how many there were in between.

The log is append-only, so the number stands in the next row of the same kind and not in the one that it belongs to.
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
    """A row of the log, as by `record_event`, unless `what` of this person and address had one within the last minute.

    `what` tells apart what must not be counted together. Needs a transaction around it.
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
    """Of `user`, who is its target, at a login or a confirmation: what costs no attempt can be sent without end."""
    record(at, event, person=user, origin=origin, outcome=outcome, target=user)
