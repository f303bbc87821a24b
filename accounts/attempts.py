"""Budgets of failures, booked before anything is hashed or compared and given back on success.

The one rule: a booking is an upsert in a transaction of its own, so N parallel tries book N and nothing later takes
a booking back by accident. While any budget of a try waits, the try is booked on none of them (OWASP ASVS 5.0 V6.3).

Locks: whoever needs them takes the user's row first, then the authenticator's, budgets last and in the order of their
keys. So no two transactions wait for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, reduce
from math import ceil
from operator import or_

from django.db import connection, transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Attempts

ONLY_COUNTED = "wrong_codes"
FIRST_WAIT = 30
LONGEST_WAIT = 900
FORGOTTEN_AFTER = timedelta(hours=24)
_NEVER = datetime(1, 1, 2, tzinfo=UTC)


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

    @cached_property
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
    at: datetime

    def failures(self, kind: str) -> int:
        return next((failures for budget, failures, _ in self.entries if budget.kind == kind), 0)

    def only(self, kind: str) -> "Booking":
        """The part of it that was booked on the budgets of this kind."""
        return Booking(tuple(entry for entry in self.entries if entry[0].kind == kind), self.at)


class _Waiting(Exception):
    pass


def book(budgets: Sequence[Budget]) -> Booking | Wait:
    """Counts one failure on each budget, or on none of them while one waits. Commits before it returns."""
    now = timezone.now()
    try:
        with transaction.atomic(durable=True):
            ordered = sorted(budgets, key=lambda b: b.key)
            counted = _count(ordered, now)
            if len(counted) < len(ordered):
                raise _Waiting
            entries = tuple((b, counted[b.key], _begin_wait(b, counted[b.key], now)) for b in ordered)
            return Booking(entries, now)
    except _Waiting:
        return _refused([b.key for b in budgets])


def _refused(keys: Sequence[str]) -> Wait:
    """The longest wait that runs on any of these budgets; now, since this try may itself have waited for a lock."""
    now = timezone.now()
    running = Attempts.objects.filter(key__in=keys, blocked_until__gt=now)
    waits = list(running.values_list("blocked_until", "noted_until"))
    latest = max((until for until, _ in waits), default=now)
    first = any(until != noted for until, noted in waits) and _note(running)
    return Wait(max(1, ceil((latest - now).total_seconds())), first)


@transaction.atomic(savepoint=False)
def _note(running: QuerySet[Attempts]) -> bool:
    """True for the one caller that comes first in these waits."""
    unnoted = running.exclude(noted_until=F("blocked_until"))
    return _locked(unnoted).update(noted_until=F("blocked_until")) > 0


def _locked(rows: QuerySet[Attempts]) -> QuerySet[Attempts]:
    """These rows, locked one after the other in the order in which `_count` locks them."""
    return Attempts.objects.filter(key__in=rows.order_by("key").select_for_update().values("key"))


_UPSERT = """
    INSERT INTO accounts_attempts (key, kind, user_id, failures, blocked_until, updated_at)
    VALUES {rows}
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE
            WHEN accounts_attempts.updated_at < CASE excluded.kind {forgotten} END THEN 1
            ELSE accounts_attempts.failures + 1
        END,
        user_id = excluded.user_id,
        blocked_until = NULL,
        previous_at = accounts_attempts.updated_at,
        updated_at = excluded.updated_at
    WHERE accounts_attempts.blocked_until IS NULL OR accounts_attempts.blocked_until <= %s
    RETURNING key, failures
"""
_ROW = "(%s, %s, %s, 1, NULL, %s)"
_FORGOTTEN = "WHEN %s THEN %s"


def _count(budgets: Sequence[Budget], now: datetime) -> dict[str, int]:
    """One statement for all budgets, in the order of their keys; those that wait are missing from the answer."""
    adapt = connection.ops.adapt_datetimefield_value
    rows = [value for b in budgets for value in (b.key, b.kind, b.user_id, adapt(now))]
    kinds = {b.kind: b.forgotten_after for b in budgets}
    forgotten = [value for kind, after in kinds.items() for value in (kind, adapt(now - after if after else _NEVER))]
    sql = _UPSERT.format(rows=", ".join([_ROW] * len(budgets)), forgotten=" ".join([_FORGOTTEN] * len(kinds)))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*rows, *forgotten, adapt(now)])
        return dict(cursor.fetchall())


def _begin_wait(budget: Budget, failures: int, now: datetime) -> datetime | None:
    wait = budget.wait_after(failures)
    until = now + timedelta(seconds=wait) if wait else None
    if until:
        Attempts.objects.filter(key=budget.key).update(blocked_until=until)
    return until


def refill(booking: Booking) -> None:
    """After a success: the account's budgets start again, all others get this one try back."""
    _take_back(booking, [b.key for b, _, _ in booking.entries if b.refilled])


def give_back(booking: Booking) -> None:
    """Takes exactly this try back, and the wait that it began."""
    _take_back(booking, [])


@transaction.atomic(savepoint=False)
def _take_back(booking: Booking, refilled: Sequence[str]) -> None:
    own_waits = [Q(key=b.key, blocked_until=until) for b, _, until in booking.entries if until]
    over = reduce(or_, own_waits, Q(key__in=refilled))
    _locked(Attempts.objects.filter(key__in=[b.key for b, _, _ in booking.entries])).update(
        failures=Case(When(key__in=refilled, then=0), When(failures__gt=0, then=F("failures") - 1), default=0),
        blocked_until=Case(When(over, then=None), default=F("blocked_until")),
        updated_at=Case(
            When(updated_at=booking.at, previous_at__isnull=False, then=F("previous_at")), default=F("updated_at")
        ),
    )


@transaction.atomic(savepoint=False)
def clear(user_id: int) -> int:
    """Unlock: ends every wait of this account and forgets what led to it; how many waits were running.

    What only counts stays: the hundred wrong codes end with a right code or a new password, not with an unlock.
    """
    running = counted(user_id).filter(blocked_until__gt=timezone.now()).count()
    _locked(counted(user_id)).delete()
    return running


def counted(user_id: int) -> QuerySet[Attempts]:
    """The failures of this account that lead to waits."""
    return Attempts.objects.filter(user_id=user_id).exclude(kind=ONLY_COUNTED)


@transaction.atomic(savepoint=False)
def forget(user_id: int) -> None:
    """Every failure ever counted on this account: it has a new password, or is going away."""
    _locked(Attempts.objects.filter(user_id=user_id)).delete()


def locked_until(user_id: int) -> datetime | None:
    """The end of the longest wait that runs on this account, for whoever looks at it."""
    now = timezone.now()
    waits = Attempts.objects.filter(user_id=user_id, blocked_until__gt=now).order_by("-blocked_until")
    return waits.values_list("blocked_until", flat=True).first()
