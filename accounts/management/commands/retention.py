"""`retention [--days 366]`: removes old rows of the audit log, through the only door there is
(`accounts.audit.triggers`).

This is logged, too. The rows about it are committed with the first deletions: one for the whole run, and one in each
contract whose log becomes shorter.
"""

from argparse import ArgumentParser, ArgumentTypeError
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count, QuerySet
from django.utils import timezone

from accounts import origin
from accounts.audit import triggers
from accounts.audit.record import record_event
from accounts.models import AuditRow, Contract, Event

DEFAULT_DAYS = 366
MOST_DAYS = 36_500
BATCH = 5_000


def days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_DAYS)) and int(text) <= MOST_DAYS):
        raise ArgumentTypeError(f"must be a whole number from 0 to {MOST_DAYS}")
    return int(text)


class Command(BaseCommand):
    help = "Removes rows of the audit log that are older than a number of days, and writes that down in it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days",
            type=days,
            default=DEFAULT_DAYS,
            help=f"how many days of the log are kept (default: {DEFAULT_DAYS})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        before = timezone.now() - timedelta(days=options["days"])
        number = trim(before)
        self.stdout.write(f"Removed {number} log rows from before {before:%Y-%m-%d %H:%M} UTC.")


def trim(before: datetime) -> int:
    """Removes all rows from before this time and returns how many. In batches, so that nobody waits long for the write
    lock."""
    old = AuditRow.objects.filter(at__lt=before)
    with triggers.open_door():
        number = old.count()
        _write_down(number, None, before)
        for contract_id, lost in _lost_by_contract(old).items():
            _write_down(lost, contract_id, before)
        _remove_batch(before)
    while old.exists():
        with triggers.open_door():
            _remove_batch(before)
    return number


def _write_down(number: int, contract_id: int | None, before: datetime) -> None:
    detail = {"count": number, "before": before.isoformat(timespec="seconds")}
    record_event(Event.LOGS_TRIMMED, origin=origin.SERVER, contract_id=contract_id, detail=detail)


def _lost_by_contract(old: QuerySet[AuditRow]) -> dict[int, int]:
    """How many rows the log of each contract loses: its own, and those about its owner that belong to no contract."""
    own = dict(old.filter(contract_id__isnull=False).values_list("contract_id").annotate(Count("pk")).order_by())
    alone = old.filter(contract_id__isnull=True).values_list("actor_id", "target_id").annotate(n=Count("pk")).order_by()
    of_person: Counter[int | None] = Counter()
    for actor_id, target_id, number in alone:
        of_person[target_id or actor_id] += number
    held = Contract.objects.values_list("pk", "owner_id")
    lost = {pk: own.get(pk, 0) + of_person[owner_id] for pk, owner_id in held}
    return {pk: number for pk, number in lost.items() if number}


def _remove_batch(before: datetime) -> None:
    oldest = AuditRow.objects.filter(at__lt=before).order_by("pk")[:BATCH]
    AuditRow.objects.filter(pk__in=oldest.values("pk")).delete()
