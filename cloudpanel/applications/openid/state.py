"""Statistics for operators about telling applications that sessions have ended."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q
from django.utils import timezone

from cloudpanel.applications.openid.delivery import DeliveryOutcome
from cloudpanel.applications.openid.models import Login


@dataclass(frozen=True)
class LogoutState:
    waiting: int
    """Logins whose application has not been told yet."""
    told: int
    """Told, of sessions that ended in the last 24 hours."""
    given_up: int
    """Given up after the third attempt, of the same."""


def is_late(by: timedelta) -> bool:
    """Whether one has been due for at least this long."""
    return Login.objects.filter(due_at__lt=timezone.now() - by).exists()


def now() -> LogoutState:
    told, over = Q(outcome=DeliveryOutcome.TOLD), Q(due_at__isnull=True)
    ended = Login.objects.filter(ended_at__gt=timezone.now() - timedelta(days=1)).exclude(outcome="")
    found = ended.aggregate(told=Count("pk", filter=told), given_up=Count("pk", filter=over & ~told))
    return LogoutState(waiting=Login.objects.filter(due_at__isnull=False).count(), **found)
