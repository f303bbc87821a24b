"""Tells applications that a session has ended (OpenID Connect Back-Channel Logout 1.0).

A due login is claimed by a conditional update that hides it from other senders for a while, as for mail
(`accounts.outbox`). Several applications are told at once.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

from accounts import clock
from cloudpanel.applications.openid import delivery, endings, jwts
from cloudpanel.applications.openid.delivery import DeliveryOutcome
from cloudpanel.applications.openid.models import Login

LEASE = timedelta(minutes=1)
PAUSES = (timedelta(seconds=10), timedelta(seconds=60))
"""Pauses after the first and the second failure; after the third, the panel gives up."""
AT_ONCE = 8
LOOK_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 60.0
SHARE = 50
"""At most one fiftieth of the time is spent on looking for ended sessions."""


class Ender:
    """Finds ended sessions and tells the applications. Lives as long as the sender."""

    def __init__(self) -> None:
        self._look_at = 0.0

    def work(self) -> int:
        """Looks for ended sessions if it is time to, and tells applications what is due. Returns how many were told."""
        began = time.monotonic()
        if began >= self._look_at:
            endings.end_what_is_over()
            took = time.monotonic() - began
            self._look_at = began + took + min(max(LOOK_SECONDS, took * SHARE), LONGEST_PAUSE_SECONDS)
        return tell()


def tell() -> int:
    """Tells the applications of logins that are due, a few at a time. Returns how many."""
    taken = _take()
    if not taken:
        return 0
    calls = [(login.client.backchannel_logout_uri, jwts.logout_token(login)) for login in taken]
    with ThreadPoolExecutor(len(calls)) as pool:
        outcomes = list(pool.map(lambda call: delivery.post(*call), calls))
    for login, outcome in zip(taken, outcomes, strict=True):
        _note(login, outcome)
    return len(taken)


def _due(now: datetime) -> QuerySet[Login]:
    """Also those that a clock running ahead has postponed too far."""
    other_clock = Q(due_at__gt=clock.latest_possible(now) + max(LEASE, *PAUSES))
    return Login.objects.filter(Q(due_at__lte=now) | other_clock)


def _take() -> list[Login]:
    """Those of applications that could not be told lately come last: a turn takes as long as its slowest one."""
    now = timezone.now()
    failed = Login.objects.filter(due_at__isnull=False, attempts__gt=0).values("client")
    due = _due(now).order_by(Case(When(client__in=failed, then=1), default=0), "due_at", "id")
    if not due.exists():  # read first: a transaction on SQLite would block writers
        return []
    with transaction.atomic():
        locks = connection.features.has_select_for_update_skip_locked
        rows = due.select_for_update(skip_locked=True, of=("self",)) if locks else due
        found = list(rows.select_related("client__application")[:AT_ONCE])
        Login.objects.filter(pk__in=[login.pk for login in found]).update(due_at=now + LEASE)
    for login in found:
        login.due_at = now + LEASE
    return found


def _note(login: Login, outcome: DeliveryOutcome) -> None:
    """Stores the outcome, unless the lease has expired and another sender has taken the login."""
    attempts = login.attempts + 1
    again = None if outcome is DeliveryOutcome.TOLD or attempts > len(PAUSES) else timezone.now() + PAUSES[attempts - 1]
    Login.objects.filter(pk=login.pk, due_at=login.due_at).update(
        outcome=outcome, attempts=F("attempts") + 1, due_at=again
    )
