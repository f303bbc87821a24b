"""How many sign-ins a contract saw on each of the last days, done and failed; those of its owner count too.

The rule: rows older than the days asked for cost nothing, and each part is read along its own index.
"""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import CharField, Count, Q, QuerySet
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
    first = today - timedelta(days=DAYS - 1)
    numbers: Counter[tuple[str, str]] = Counter()
    for part in _parts(contract, datetime.combine(first, time.min, UTC)):
        for day, outcome, number in part.values_list("day", "outcome").annotate(number=Count("pk")).order_by():
            numbers[day, outcome] += number
    days = (first + timedelta(days=n) for n in range(DAYS))
    return [Day(d, numbers[str(d), Outcome.OK], numbers[str(d), Outcome.FAILED]) for d in days]


def _parts(contract: Contract, since: datetime) -> tuple[QuerySet[AuditRow], QuerySet[AuditRow]]:
    """The contract's own rows, and those about its owner that belong to no contract."""
    rows = AuditRow.objects.filter(COUNTED, at__gte=since).annotate(day=DAY)
    return rows.filter(contract_id=contract.pk), rows.filter(contract_id__isnull=True, target_id=contract.owner_id)
