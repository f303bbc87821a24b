"""Budgets of failures, booked before anything is hashed or compared and given back on success.

The one rule: a booking is an upsert in a transaction of its own, so N parallel tries book N and nothing later takes
a booking back by accident. While any budget of a try waits, the try is booked on none of them (OWASP ASVS 5.0 V6.3).

Locks: whoever needs them takes the user's row first, then the authenticator's, budgets last and in the order of their
keys. So no two transactions wait for each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import chain
from math import ceil
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Attempts
from accounts.prepared import first

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
    """Set to zero by a success; else a success takes only its own booking back and leaves no trace."""

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


_RUNNING = """
    SELECT MAX(blocked_until), COUNT(CASE WHEN noted_until = blocked_until THEN NULL ELSE 1 END) FROM accounts_attempts
    WHERE key IN ({keys}) AND blocked_until > %(now)s
"""
_UNTIL = Attempts._meta.get_field("blocked_until").cached_col


def running(budgets: Sequence[Budget]) -> tuple[str, dict[str, Any]]:
    """The waits that run on these, as a SELECT of one row with its values, which may be asked beside something else."""
    keys = {f"key{number}": budget.key for number, budget in enumerate(budgets)}
    return _RUNNING.format(keys=", ".join(f"%({name})s" for name in keys)), keys | {"now": timezone.now()}


def wait_on(budgets: Sequence[Budget], found: Sequence[Any]) -> Wait | None:
    """What `running` found on them: the longest wait, if there is one, from now on."""
    latest, unnoted = found
    if latest is None:
        return None
    for convert in connection.ops.get_db_converters(_UNTIL):
        latest = convert(latest, _UNTIL, connection)
    now = timezone.now()
    first = bool(unnoted) and _note([budget.key for budget in budgets], now)
    return Wait(max(1, ceil((latest - now).total_seconds())), first)


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
        return _refused(budgets)


def _refused(budgets: Sequence[Budget]) -> Wait:
    """Asked anew, since this try may itself have waited for a lock: until the wait was over, perhaps."""
    sql, values = running(budgets)
    return wait_on(budgets, first(sql, **values) or ()) or Wait(1)


@transaction.atomic(savepoint=False)
def _note(keys: Sequence[str], now: datetime) -> bool:
    """True for the one caller that comes first in these waits."""
    unnoted = Attempts.objects.filter(key__in=keys, blocked_until__gt=now).exclude(noted_until=F("blocked_until"))
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
    """After a success: the budgets of this browser start again, all others get this one try back."""
    _take_back(booking, [b.key for b, _, _ in booking.entries if b.refilled])


def give_back(booking: Booking) -> None:
    """Takes exactly this try back, and the wait that it began."""
    _take_back(booking, [])


_TAKE_BACK = """
    UPDATE accounts_attempts SET
        failures = CASE WHEN key IN ({refilled}) OR failures = 0 THEN 0 ELSE failures - 1 END,
        blocked_until = CASE WHEN key IN ({refilled}) {own_waits} THEN NULL ELSE blocked_until END,
        updated_at = CASE WHEN updated_at = %s AND previous_at IS NOT NULL THEN previous_at ELSE updated_at END
    WHERE key IN (SELECT key FROM accounts_attempts WHERE key IN ({keys}) ORDER BY key {lock})
"""
_OWN_WAIT = "OR (key = %s AND blocked_until = %s)"


@transaction.atomic(savepoint=False)
def _take_back(booking: Booking, refilled: Sequence[str]) -> None:
    adapt = connection.ops.adapt_datetimefield_value
    keys = [b.key for b, _, _ in booking.entries]
    waits = [(b.key, adapt(until)) for b, _, until in booking.entries if until]
    some: list[str | None] = [*refilled] or [None]  # nothing is in a list of NULL; an empty one is no SQL
    sql = _TAKE_BACK.format(
        refilled=_signs(some),
        own_waits=" ".join([_OWN_WAIT] * len(waits)),
        keys=_signs(keys),
        lock="FOR UPDATE" if connection.features.has_select_for_update else "",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*some, *some, *chain.from_iterable(waits), adapt(booking.at), *keys])


def _signs(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


@transaction.atomic(savepoint=False)
def clear(user_id: int) -> int:
    """Unlock: ends every wait of this account and forgets what led to it; how many waits were running.

    What only counts stays: the hundred wrong codes end with a right code or a new password, not with an unlock.
    """
    waits = counted(user_id).filter(blocked_until__gt=timezone.now()).count()
    _locked(counted(user_id)).delete()
    return waits


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
