"""Limits for failed attempts, consumed before anything is hashed or compared, and reset or refunded on success.

An attempt is consumed by an upsert in a transaction of its own, so N parallel attempts count as N, and a later rollback
doesn't undo them. While one budget of an attempt waits, none of them is consumed (OWASP ASVS 5.0 V6.3).

Lock order: the user's row first, then the authenticator's, budgets last and in the order of their keys, so that no two
transactions wait for each other.
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

from accounts import clock
from accounts.models import Attempts
from accounts.models.attempts import LONGEST_WAIT
from accounts.models.prepared import first

ONLY_COUNTED = "wrong_codes"
FIRST_WAIT = 30
FORGOTTEN_AFTER = timedelta(hours=24)
_NEVER = datetime(1, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Budget:
    """One count of failures. The first `free` failures are not delayed; the last of them starts the first wait."""

    kind: str
    subject: str
    user_id: int | None = None
    free: int | None = 5
    """None for a budget that only counts and never waits."""
    forgotten_after: timedelta | None = FORGOTTEN_AFTER
    reset_by_success: bool = True
    """Whether a success sets the count to zero. If not, it only refunds its own attempt."""

    longest_wait: int = LONGEST_WAIT
    """In seconds. A stored wait that would last longer was started by another clock and is ignored."""

    @cached_property
    def key(self) -> str:
        return salted_hmac("accounts.throttling.budgets", f"{self.kind}|{self.subject}", algorithm="sha256").hexdigest()

    def wait_after(self, failures: int) -> int | None:
        """Seconds to wait after this many failures: 30, then 60, 120 … 900."""
        if self.free is None or failures < self.free:
            return None
        return int(min(FIRST_WAIT * 2 ** min(failures - self.free, 10), LONGEST_WAIT))


@dataclass(frozen=True)
class Wait:
    """The attempt is not evaluated. The next one is, after `seconds`."""

    seconds: int
    first: bool = False
    """Whether this is the first attempt refused in this wait, which is the one that is logged."""


@dataclass(frozen=True)
class Attempt:
    """A consumed attempt that may be evaluated, with the counts of its budgets."""

    entries: tuple[tuple[Budget, int, datetime | None], ...]
    at: datetime

    def failures(self, kind: str) -> int:
        return next((failures for budget, failures, _ in self.entries if budget.kind == kind), 0)

    @property
    def wait(self) -> Wait | None:
        """The wait that this attempt has started; it holds unless the attempt is taken back."""
        ends = [until for _, _, until in self.entries if until]
        return Wait(max(1, ceil((max(ends) - timezone.now()).total_seconds()))) if ends else None

    def only(self, kind: str) -> "Attempt":
        """The same attempt, with the budgets of this kind only."""
        return Attempt(tuple(entry for entry in self.entries if entry[0].kind == kind), self.at)


_RUNNING = """
    SELECT MAX(blocked_until), COUNT(CASE WHEN noted_until = blocked_until THEN NULL ELSE 1 END) FROM accounts_attempts
    WHERE key IN ({keys}) AND blocked_until > %(now)s AND blocked_until <= %(latest)s
"""
_UNTIL = Attempts._meta.get_field("blocked_until").cached_col


def running(budgets: Sequence[Budget]) -> tuple[str, dict[str, Any]]:
    """The active waits of these budgets, as a SELECT of one row with its values, to be combined with another one."""
    keys = {f"key{number}": budget.key for number, budget in enumerate(budgets)}
    now = timezone.now()
    values = keys | {"now": now, "latest": _latest_wait(budgets, now)}
    return _RUNNING.format(keys=", ".join(f"%({name})s" for name in keys)), values


def _latest_wait(budgets: Sequence[Budget], now: datetime) -> datetime:
    return now + timedelta(seconds=max(budget.longest_wait for budget in budgets))


def wait_on(budgets: Sequence[Budget], found: Sequence[Any]) -> Wait | None:
    """The longest wait in the result of `running`, if there is one, from now on."""
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


def consume(budgets: Sequence[Budget]) -> Attempt | Wait:
    """Counts one failure in each budget, or in none while one waits. Commits before it returns."""
    now = timezone.now()
    try:
        with transaction.atomic(durable=True):
            ordered = sorted(budgets, key=lambda b: b.key)
            counted = _count(ordered, now)
            if len(counted) < len(ordered):
                raise _Waiting
            entries = tuple((b, counted[b.key], _begin_wait(b, counted[b.key], now)) for b in ordered)
            return Attempt(entries, now)
    except _Waiting:
        return _refused(budgets)


def _refused(budgets: Sequence[Budget]) -> Wait:
    """Reads the wait again, since this attempt may have waited for a lock until the wait was over."""
    sql, values = running(budgets)
    return wait_on(budgets, first(sql, **values) or ()) or Wait(1)


@transaction.atomic(savepoint=False)
def _note(keys: Sequence[str], now: datetime) -> bool:
    """True for the one caller that is first in these waits."""
    blocked = Attempts.objects.filter(key__in=keys, blocked_until__gt=now)
    return locked(blocked.exclude(noted_until=F("blocked_until"))).update(noted_until=F("blocked_until")) > 0


def locked(rows: QuerySet[Attempts]) -> QuerySet[Attempts]:
    """These rows, locked one after the other in the order in which `_count` locks them."""
    return Attempts.objects.filter(key__in=rows.order_by("key").select_for_update().values("key"))


_UPSERT = """
    INSERT INTO accounts_attempts (key, kind, user_id, failures, blocked_until, updated_at)
    VALUES {rows}
    ON CONFLICT (key) DO UPDATE SET
        failures = CASE
            WHEN accounts_attempts.updated_at < CASE excluded.kind {forgotten} END THEN 1
            WHEN accounts_attempts.updated_at > %s AND excluded.kind <> %s THEN 1
            ELSE accounts_attempts.failures + 1
        END,
        user_id = excluded.user_id,
        blocked_until = NULL,
        previous_at = accounts_attempts.updated_at,
        updated_at = excluded.updated_at
    WHERE accounts_attempts.blocked_until IS NULL
        OR accounts_attempts.blocked_until <= %s OR accounts_attempts.blocked_until > %s
    RETURNING key, failures, COALESCE(previous_at > %s, FALSE)
"""
_ROW = "(%s, %s, %s, 1, NULL, %s)"
_FORGOTTEN = "WHEN %s THEN %s"


def _count(budgets: Sequence[Budget], now: datetime) -> dict[str, int]:
    """One statement for all budgets, in the order of their keys. Budgets that wait are missing from the result."""
    adapt = connection.ops.adapt_datetimefield_value
    rows = [value for b in budgets for value in (b.key, b.kind, b.user_id, adapt(now))]
    kinds = {b.kind: b.forgotten_after for b in budgets}
    forgotten = [value for kind, after in kinds.items() for value in (kind, adapt(now - after if after else _NEVER))]
    ahead, latest = adapt(clock.latest_possible(now)), adapt(_latest_wait(budgets, now))
    sql = _UPSERT.format(rows=", ".join([_ROW] * len(budgets)), forgotten=" ".join([_FORGOTTEN] * len(kinds)))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*rows, *forgotten, ahead, ONLY_COUNTED, adapt(now), latest, ahead])
        counted = cursor.fetchall()
    if any(was_ahead for _key, _failures, was_ahead in counted):
        clock.warn(f"The last failed attempt ({', '.join(sorted(kinds))})")
    return {key: failures for key, failures, _was_ahead in counted}


def _begin_wait(budget: Budget, failures: int, now: datetime) -> datetime | None:
    wait = budget.wait_after(failures)
    until = now + timedelta(seconds=wait) if wait else None
    if until:
        Attempts.objects.filter(key=budget.key).update(blocked_until=until)
    return until


def reset(attempt: Attempt) -> None:
    """After a success: sets budgets with `reset_by_success` to zero, and refunds the attempt to all others."""
    _take_back(attempt, [b.key for b, _, _ in attempt.entries if b.reset_by_success])


def refund(attempt: Attempt) -> None:
    """Undoes exactly this attempt, and the wait that it started."""
    _take_back(attempt, [])


_TAKE_BACK = """
    UPDATE accounts_attempts SET
        failures = CASE WHEN key IN ({reset}) OR failures = 0 THEN 0 ELSE failures - 1 END,
        blocked_until = CASE WHEN key IN ({reset}) {own_waits} THEN NULL ELSE blocked_until END,
        updated_at = CASE WHEN updated_at = %s AND previous_at <= %s THEN previous_at ELSE updated_at END
    WHERE key IN (SELECT key FROM accounts_attempts WHERE key IN ({keys}) ORDER BY key {lock})
"""
_OWN_WAIT = "OR (key = %s AND blocked_until = %s)"


@transaction.atomic(savepoint=False)
def _take_back(attempt: Attempt, reset_keys: Sequence[str]) -> None:
    adapt = connection.ops.adapt_datetimefield_value
    keys, ahead = [b.key for b, _, _ in attempt.entries], adapt(clock.latest_possible(attempt.at))
    waits = [(b.key, adapt(until)) for b, _, until in attempt.entries if until]
    some: list[str | None] = [*reset_keys] or [None]  # nothing is in a list of NULL; an empty one is no SQL
    sql = _TAKE_BACK.format(
        reset=_placeholders(some),
        own_waits=" ".join([_OWN_WAIT] * len(waits)),
        keys=_placeholders(keys),
        lock="FOR UPDATE" if connection.features.has_select_for_update else "",
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*some, *some, *chain.from_iterable(waits), adapt(attempt.at), ahead, *keys])


def _placeholders(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))
