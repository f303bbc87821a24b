"""`retention [--days 366]`: removes old rows of the audit log, by the one door there is (`accounts.triggers`).

The rule: the log says so itself. The row about it is committed with the first rows that go, before all others.
"""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from accounts import audit, origin, triggers
from accounts.models import AuditRow, Event

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
    """Removes all rows from before this moment; how many. In batches, so that nobody waits long for the write lock."""
    old = AuditRow.objects.filter(at__lt=before)
    with triggers.open_door():
        number = old.count()
        detail = {"number": number, "before": before.isoformat(timespec="seconds")}
        audit.record(Event.LOGS_TRIMMED, origin=origin.SERVER, detail=detail)
        _remove_batch(before)
    while old.exists():
        with triggers.open_door():
            _remove_batch(before)
    return number


def _remove_batch(before: datetime) -> None:
    oldest = AuditRow.objects.filter(at__lt=before).order_by("pk")[:BATCH]
    AuditRow.objects.filter(pk__in=oldest.values("pk")).delete()
