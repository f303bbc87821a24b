"""Budgets of failures, booked before anything is hashed or compared and given back on success.

The one rule: a booking is an upsert in a transaction of its own, so N parallel tries book N and nothing later takes
a booking back by accident. While any budget of a try waits, the try is booked on none of them (OWASP ASVS 5.0 V6.3).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.db import connection, transaction
from django.db.models import Case, F, Max, Q, Value, When
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Attempts

FIRST_WAIT = 30
LONGEST_WAIT = 900
FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class Budget:
    """One count of failures. `free` failures cost nothing; the last of them starts the first wait."""

    kind: str
    subject: str
    user_id: int | None = None
    free: int | None = 5
    """None: only counts, never waits."""
    forgotten_after: timedelta | None = FORGOTTEN_AFTER
    refilled: bool = True
    """Set to zero by a success of the account; else a success only takes its own booking back."""

    @property
    def key(self) -> str:
        return salted_hmac("accounts.attempts", f"{self.kind}|{self.subject}", algorithm="sha256").hexdigest()

    def wait_after(self, failures: int) -> int | None:
        """Seconds to wait after so many failures: 30, then 60, 120 … 900."""
        if self.free is None or failures < self.free:
            return None
        return int(min(FIRST_WAIT * 2 ** min(failures - self.free, 10), LONGEST_WAIT))


@dataclass(frozen=True)
class Wait:
    """The try is not evaluated; `seconds` until the next one is."""

    seconds: int
    first: bool = False
    """No try was refused in this wait before, so this one is worth a row in the log."""


@dataclass(frozen=True)
class Booking:
    """A try that may be evaluated, with what it has counted so far."""

    entries: tuple[tuple[Budget, int, datetime | None], ...]

    def failures(self, kind: str) -> int:
        return next((failures for budget, failures, _ in self.entries if budget.kind == kind), 0)


class _Waiting(Exception):
    pass


def book(budgets: Sequence[Budget]) -> Booking | Wait:
    """Counts one failure on each budget, or on none of them while one waits. Commits before it returns."""
    now = timezone.now()
    try:
        with transaction.atomic(durable=True):
            return Booking(tuple(_book_one(b, now) for b in sorted(budgets, key=lambda b: b.key)))
    except _Waiting:
        return _refused([b.key for b in budgets], now)


def _refused(keys: Sequence[str], now: datetime) -> Wait:
    """The longest wait that runs now on any of these budgets."""
    running = Attempts.objects.filter(key__in=keys, blocked_until__gt=now)
    latest = running.aggregate(latest=Max("blocked_until"))["latest"] or now
    unnoted = running.exclude(noted_until=F("blocked_until"))
    first = unnoted.exists() and unnoted.update(noted_until=F("blocked_until")) > 0
    return Wait(max(1, ceil((latest - now).total_seconds())), first)


_UPSERT = """
    INSERT INTO accounts_attempts (key, kind, user_id, failures, blocked_until, updated_at)
    VALUES (%s, %s, %s, 1, NULL, %s)
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN accounts_attempts.updated_at < %s THEN 1 ELSE accounts_attempts.failures + 1 END,
        user_id = excluded.user_id,
        blocked_until = NULL,
        updated_at = excluded.updated_at
    WHERE accounts_attempts.blocked_until IS NULL OR accounts_attempts.blocked_until <= %s
    RETURNING failures
"""


def _book_one(budget: Budget, now: datetime) -> tuple[Budget, int, datetime | None]:
    forgotten = now - budget.forgotten_after if budget.forgotten_after else datetime(1, 1, 2, tzinfo=now.tzinfo)
    stamp, before = (connection.ops.adapt_datetimefield_value(t) for t in (now, forgotten))
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [budget.key, budget.kind, budget.user_id, stamp, before, stamp])
        row = cursor.fetchone()
    if row is None:
        raise _Waiting
    wait = budget.wait_after(row[0])
    until = now + timedelta(seconds=wait) if wait else None
    if until:
        Attempts.objects.filter(key=budget.key).update(blocked_until=until)
    return budget, row[0], until


def refill(booking: Booking) -> None:
    """After a success: the account's budgets start again, all others get this one try back."""
    Attempts.objects.filter(key__in=[b.key for b, _, _ in booking.entries if b.refilled]).delete()
    give_back(Booking(tuple(entry for entry in booking.entries if not entry[0].refilled)))


def give_back(booking: Booking) -> None:
    """Takes exactly this try back, and the wait that it began."""
    for budget, _, until in booking.entries:
        ends_wait = Q(blocked_until=until) if until else Q(pk__in=())
        Attempts.objects.filter(key=budget.key).update(
            failures=Greatest(F("failures") - 1, Value(0)),
            blocked_until=Case(When(ends_wait, then=Value(None)), default=F("blocked_until")),
        )


def clear(user_id: int) -> int:
    """Unlock: forgets every failure counted on this account; how many waits were running."""
    running = Attempts.objects.filter(user_id=user_id, blocked_until__gt=timezone.now()).count()
    Attempts.objects.filter(user_id=user_id).delete()
    return running


def locked_until(user_id: int) -> datetime | None:
    """The end of the longest wait that runs on this account, for whoever looks at it."""
    now = timezone.now()
    waits = Attempts.objects.filter(user_id=user_id, blocked_until__gt=now).order_by("-blocked_until")
    return waits.values_list("blocked_until", flat=True).first()
