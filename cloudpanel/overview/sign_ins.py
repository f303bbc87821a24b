"""How many logins a contract saw on each of the last days, done and failed; those of its owner count too.

Rows of finished days never change, so they are counted once a day and not at every look, as long as no rows
are removed: `retention` takes the oldest first, so that another row is the oldest one then. Today and yesterday are
always asked anew: a row is committed a moment after its time.
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
# Both databases give a moment in UTC as text that begins with its day; asked this way SQLite counts by itself,
# while each of Django's own date functions would call back into Python for every row.
DAY = Substr(Cast("at", CharField()), 1, 10)


def by_day(contract: Contract, today: date) -> list[Day]:
    """The last `DAYS` days in UTC up to today, the oldest first."""
    yesterday = today - timedelta(days=1)
    oldest = AuditRow.objects.order_by("pk").values_list("pk", flat=True).first()
    finished = _finished(contract.pk, contract.owner_id, yesterday, oldest)
    return [*finished, *_count(contract.pk, contract.owner_id, yesterday, 2)]


@lru_cache(maxsize=1_000)
def _finished(contract_id: int, owner_id: int, end: date, oldest: int | None) -> tuple[Day, ...]:
    """The days before `end`; what was counted while another row of the log was the `oldest` one is not used again."""
    number = DAYS - 2
    return _count(contract_id, owner_id, end - timedelta(days=number), number)


def _count(contract_id: int, owner_id: int, first: date, number: int) -> tuple[Day, ...]:
    """Contract and owner apart, each along its own index: the owner's logins belong to no contract."""
    since, until = (datetime.combine(first + timedelta(days=n), time.min, UTC) for n in (0, number))
    rows = AuditRow.objects.filter(COUNTED, at__gte=since, at__lt=until).annotate(day=DAY)
    by_day = rows.values_list("day", "outcome").annotate(n=Count("pk")).order_by()
    own, of_owner = by_day.filter(contract_id=contract_id), by_day.filter(contract_id__isnull=True, target_id=owner_id)
    found: Counter[tuple[str, str]] = Counter()
    for day, outcome, n in own.union(of_owner, all=True):
        found[day, outcome] += n
    days = (first + timedelta(days=n) for n in range(number))
    return tuple(Day(day, found[str(day), Outcome.OK], found[str(day), Outcome.FAILED]) for day in days)
