"""Planned 2FA: requires it from a given time on, and mails reminders.

The plan is `User.two_factor_required_from` alone. Each request compares it with the current time
(`accounts.requirement`), so nothing has to run at that time. Each change is one conditional update and one log row.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, Q, QuerySet
from django.utils import timezone

from accounts import moments
from accounts.models import Event, User
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.outbox.rows import Mailed
from accounts.users import authority, two_factor
from accounts.users.queries import is_ahead

REMINDERS = (timedelta(days=1), timedelta(days=7))
"""How long before the planned time reminders are mailed, the last one first."""
ONE_DAY = timedelta(days=1)
"""The minimum time between two reminders that the owner sends by hand."""
NEARLY_ONE_DAY = timedelta(hours=22)
"""The same before a reminder of `housekeeping`. It leaves two hours, so that an hourly `housekeeping` sends the last
reminder to everybody who was reminded by hand just before it was due."""


class AlreadyRequired(Exception):
    """Two-factor authentication is already required for this account, so it can't be planned."""


def is_open() -> Q:
    """Not required yet: not at all, or from a future time on."""
    return Q(two_factor_required=False) | is_ahead()


def free_of(user: User) -> QuerySet[User]:
    """The row of this account, locked, if nobody requires 2FA of it now. Call it within a transaction."""
    rows = User.objects.filter(is_open(), pk=user.pk, is_staff=False, is_superuser=False)
    return rows.select_for_update(no_key=True)


def written(user: User) -> str:
    """The previous setting as the log stores it: `no`, `yes`, or the time."""
    if not user.two_factor_required:
        return "no"
    at = user.two_factor_required_from
    return moments.written(at) if at and user.two_factor_planned else "yes"


def set_moment(*, actor: User | None, target: User, moment: datetime, origin: Origin) -> Mailed | None:
    """Requires 2FA from `moment` on. Reminders start again if a plan is changed. None if nothing changed.

    Raises AlreadyRequired.
    """
    with transaction.atomic():
        others = (
            authority.of_target(actor, target)
            .filter(is_open())
            .exclude(two_factor_required=True, two_factor_required_from=moment)
        )
        now = timezone.now()
        if not two_factor.set_required(others, required=True, moment=moment, reminded_at=now):
            if not User.objects.filter(is_open(), pk=target.pk).exists():
                raise AlreadyRequired
            return None
        detail = {"old": written(target), "new": moments.written(moment)}
        return record_and_notify(Event.TWO_FACTOR_PLANNED, origin=origin, actor=actor, target=target, detail=detail)


def withdraw(*, actor: User | None, target: User, origin: Origin) -> Mailed | None:
    """Withdraws a plan before its time and keeps what is set up. Any browser may log in again after a request for help.
    None if there is no plan (any more)."""
    with transaction.atomic():
        if not two_factor.set_required(authority.of_target(actor, target).filter(is_ahead()), required=False):
            return None
        detail = {"old": written(target), "new": "no"}
        return record_and_notify(Event.TWO_FACTOR_PLANNED, origin=origin, actor=actor, target=target, detail=detail)


def to_be_reminded(now: datetime) -> QuerySet[User]:
    """Users with a plan and an email who are not ready, and whose latest due reminder has not been sent; without those
    who had another email about the plan within the last day."""
    due = Q()
    for before in REMINDERS:
        due |= _due(before, now)
    told_long_ago = Q(two_factor_reminded_at__lte=now - NEARLY_ONE_DAY)
    people = User.objects.filter(is_ahead(), due, told_long_ago, is_active=True, two_factor_active_since__isnull=True)
    return people.exclude(email="").order_by("pk")


def _due(before: timedelta, now: datetime) -> Q:
    """The reminder `before` the planned time is due and has not been sent."""
    soon = Q(two_factor_required_from__lte=now + before)
    return soon & Q(two_factor_reminded_at__lt=F("two_factor_required_from") - before)


def send_due_reminders(*, origin: Origin) -> int:
    """Mails the reminders that are due now; returns how many. If several were missed, only the newest is sent.
    Concurrent calls send each only once."""
    now = timezone.now()
    return sum(_remind(user, to_be_reminded(now), now, None, origin) for user in to_be_reminded(now))


def remindable(now: datetime) -> Q:
    """2FA is required or planned and not set up, and the user has an email and has had no reminder within the last
    day."""
    told_long_ago = Q(two_factor_reminded_at__isnull=True) | Q(two_factor_reminded_at__lte=now - ONE_DAY)
    not_ready = Q(two_factor_required=True, two_factor_active_since__isnull=True, is_active=True)
    return not_ready & told_long_ago & ~Q(email="")


def remind(*, actor: User, people: list[User], origin: Origin) -> list[User]:
    """Mails a reminder to these people, at most once a day each. Returns those to whom it was sent."""
    now = timezone.now()
    ordered = sorted(people, key=lambda user: user.pk)
    with transaction.atomic():
        asked = authority.settled(User.objects.filter(pk__in=[user.pk for user in ordered]))
        rows = asked.filter(remindable(now), Exists(authority.still(actor)))
        return [user for user in ordered if _remind(user, rows, now, actor, origin)]


def _remind(user: User, rows: QuerySet[User], now: datetime, actor: User | None, origin: Origin) -> bool:
    with transaction.atomic():
        if not two_factor.note_reminder(rows.filter(pk=user.pk).order_by(), at=now):
            return False
        at = user.two_factor_required_from
        detail = {"from": moments.written(at)} if at else {}
        record_and_notify(Event.TWO_FACTOR_REMINDED, origin=origin, actor=actor, target=user, detail=detail)
    return True
