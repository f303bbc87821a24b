"""`housekeeping` for applications: deletes visits without a session, and old tickets."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.management.commands.housekeeping import remove
from accounts.models import Session
from cloudpanel.applications.models import Ticket, Visit

KEPT = timedelta(hours=1)


def remove_what_ended(**_: object) -> str:
    """Returns what was deleted; empty for nothing."""
    visits, tickets = remove(dead_visits()), remove(old_tickets())
    return f"Removed {visits} ended visits and {tickets} old tickets of applications." if visits or tickets else ""


def dead_visits() -> QuerySet[Visit]:
    return Visit.objects.exclude(Exists(Session.objects.filter(pk=OuterRef("session"))))


def old_tickets() -> QuerySet[Ticket]:
    return Ticket.objects.filter(expires_at__lt=timezone.now() - KEPT)
