"""Successful and failed logins in a contract on each of the last days, including those of its owner.

Rows of past days never change, so these days are counted once a day instead of at each request, until rows are removed.
`retention` removes the oldest ones, so another row is then the oldest. Today and yesterday are always counted again,
because a row is committed a moment after its time.
"""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from django.db.models import CharField, Count, Q
from django.db.models.functions import Cast, Substr

from accounts.models import AuditRow, Contract, Event, Outcome
from cloudpanel.overview.charts import Day

DAYS = 30
COUNTED = Q(event=Event.SIGN_IN, outcome=Outcome.OK) | Q(
    event__in=(Event.SIGN_IN_PASSWORD, Event.SIGN_IN_CODE), outcome=Outcome.FAILED
)
# In both databases, a time in UTC as text begins with its day. Comparing text lets SQLite count by itself,
# whereas Django's date functions would call Python for every row.
DAY = Substr(Cast("at", CharField()), 1, 10)


def by_day(contract: Contract, today: date) -> list[Day]:
    """The last `DAYS` days in UTC until today, the oldest first."""
    yesterday = today - timedelta(days=1)
    oldest = AuditRow.objects.order_by("pk").values_list("pk", flat=True).first()
    finished = _finished(contract.pk, contract.owner_id, yesterday, oldest)
    return [*finished, *_count(contract.pk, contract.owner_id, yesterday, 2)]


@lru_cache(maxsize=1_000)
def _finished(contract_id: int, owner_id: int, end: date, oldest: int | None) -> tuple[Day, ...]:
    """The days before `end`. Cached until another row is the `oldest` one of the log."""
    number = DAYS - 2
    return _count(contract_id, owner_id, end - timedelta(days=number), number)


def _count(contract_id: int, owner_id: int, first: date, number: int) -> tuple[Day, ...]:
    """Counts contract and owner separately, each by its own index; the owner's logins belong to no contract."""
    since, until = (datetime.combine(first + timedelta(days=n), time.min, UTC) for n in (0, number))
    rows = AuditRow.objects.filter(COUNTED, at__gte=since, at__lt=until).annotate(day=DAY)
    by_day = rows.values_list("day", "outcome").annotate(n=Count("pk")).order_by()
    own, of_owner = by_day.filter(contract_id=contract_id), by_day.filter(contract_id__isnull=True, target_id=owner_id)
    found: Counter[tuple[str, str]] = Counter()
    for day, outcome, n in own.union(of_owner, all=True):
        found[day, outcome] += n
    days = (first + timedelta(days=n) for n in range(number))
    return tuple(Day(day, found[str(day), Outcome.OK], found[str(day), Outcome.FAILED]) for day in days)
