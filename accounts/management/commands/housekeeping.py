"""`housekeeping`: removes what has expired, such as sessions, counts of failures, unread notices and mails.

Only rows without any effect are removed, so it may run at any time, as often as you like, while the panel is running.
Each DELETE checks its condition again, so a row that is used again in the meantime stays.
"""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Q, QuerySet
from django.dispatch import Signal
from django.utils import timezone

from accounts import clock
from accounts.lists.rekeying import put_right
from accounts.management.commands.retention import DEFAULT_DAYS
from accounts.models import Attempts, Contract, Notice, Repetition, Role, Session, User
from accounts.models.session import alive, latest_expiry
from accounts.outbox import state
from accounts.reset.limits import HOUR_SECONDS
from accounts.throttling.budgets import FORGOTTEN_AFTER, ONLY_COUNTED

BATCH = 1_000

upkeep = Signal()
"""Sent at each run, for other apps. A receiver returns a message for the operator, or nothing."""


class Command(BaseCommand):
    help = "Removes what has expired or is no longer needed, and mails the reminders of planned 2FA."

    def handle(self, *args: Any, **options: Any) -> None:
        remove(old_repetitions())
        found = (ended_sessions(), forgotten_budgets(), old_notices(), state.removable())
        sessions, budgets, notices, mails = map(remove, found)
        self.stdout.write(
            f"Removed {sessions} ended sessions, {budgets} forgotten budgets, {notices} old notices "
            f"and {mails} finished mails."
        )
        if mended := sum(map(put_right, (User, Contract, Role))):
            self.stdout.write(f"Put {mended} names in order that an older version had written.")
        for _receiver, said in upkeep.send(Command):
            if said:
                self.stdout.write(said)


def ended_sessions() -> QuerySet[Session]:
    """Past either limit, or written by another clock."""
    return Session.objects.exclude(alive(timezone.now()))


def of_another_clock(now: datetime) -> Q:
    return Q(expire_date__gt=latest_expiry(now)) | Q(last_seen_at__gt=clock.latest_possible(now))


def forgotten_budgets() -> QuerySet[Attempts]:
    """Without a failure for so long (or written by another clock) that the next count would start at one, and without a
    wait. The count towards a hundred wrong codes ends only with a correct code or a new password."""
    now = timezone.now()
    old = Q(updated_at__lt=now - FORGOTTEN_AFTER) | Q(updated_at__gt=clock.latest_possible(now))
    forgotten = Attempts.objects.filter(old).exclude(kind=ONLY_COUNTED)
    return forgotten.exclude(pk__in=Attempts.objects.waiting(now, longest=HOUR_SECONDS).values("pk"))


def old_repetitions() -> QuerySet[Repetition]:
    """Repetitions are not counted over days. The last count is in no row."""
    return Repetition.objects.filter(since__lt=timezone.now() - FORGOTTEN_AFTER)


def old_notices() -> QuerySet[Notice]:
    """As old as the log rows that `retention` removes."""
    return Notice.objects.filter(at__lt=timezone.now() - timedelta(days=DEFAULT_DAYS))


def remove(rows: QuerySet[Any, Any]) -> int:
    """Removes all of them and returns how many, in batches so that nobody waits long for the write lock."""
    removed = 0
    while keys := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        removed += rows.filter(pk__in=keys).delete()[0]
    return removed
