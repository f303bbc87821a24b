"""The state of the outbox for operators: numbers and reasons, without names or addresses."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from accounts.models import MailFailure, MailKind, OutgoingMail
from accounts.outbox import rows

KEPT = timedelta(days=7)
"""How long a row stays after it was sent or given up; then housekeeping removes it."""


@dataclass(frozen=True)
class OutboxState:
    waiting: int
    oldest: datetime | None
    """When the oldest waiting mail was written."""
    given_up: int
    """In the last 24 hours."""
    failure: str
    """A `MailFailure` of the last attempt of a waiting mail, or else of the last one given up; empty if there is
    none."""

    def sentence(self) -> str:
        parts = [f"Mails that wait: {self.waiting}"]
        if self.oldest:
            parts[0] += f" (the oldest since {self.oldest:%Y-%m-%d %H:%M} UTC)"
        parts.append(f"given up in the last 24 hours: {self.given_up}")
        if self.failure:
            parts.append(f"last failure: {MailFailure(self.failure).label}")
        return "; ".join(parts) + "."


def now() -> OutboxState:
    since = timezone.now() - timedelta(days=1)
    waiting = rows.waiting().exclude(kind=MailKind.FORGOT)
    found = waiting.aggregate(waiting=Count("pk"), oldest=Min("created_at"))
    given_up = rows.failed(OutgoingMail.objects.filter(finished_at__gte=since)).exclude(failure=MailFailure.LIMIT)
    last = waiting.exclude(failure="").order_by("-due_at").first() or given_up.order_by("-finished_at").first()
    return OutboxState(**found, given_up=given_up.count(), failure=last.failure if last else "")


def removable() -> QuerySet[OutgoingMail]:
    return OutgoingMail.objects.filter(finished_at__lt=timezone.now() - KEPT)
