"""2FA from a day on: the plan for one account, and the mails that tell of it.

`User.two_factor_required_from` is the whole plan. Whether the moment has come is asked at each request
(`accounts.requirement`), so nothing here has to run at that hour. Each change is one conditional update and one row in
the log.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts import moments
from accounts.models import Event, User
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.users import two_factor
from accounts.users.queries import is_ahead

REMINDERS = (timedelta(days=1), timedelta(days=7))
"""How long before the moment a reminder is mailed, the last one first."""
ONE_DAY = timedelta(days=1)
"""Between two reminders that the owner sends by hand."""


class AlreadyRequired(Exception):
    """Two-factor authentication is required of this account by now: there is nothing to plan."""


def is_open() -> Q:
    """Not required yet: no at all, or from a moment that is still ahead."""
    return Q(two_factor_required=False) | is_ahead()


def written(user: User) -> str:
    """What was decided before, as the log writes it: `no`, `yes`, or the moment."""
    if not user.two_factor_required:
        return "no"
    at = user.two_factor_required_from
    return moments.written(at) if at and user.two_factor_planned else "yes"


def set_moment(*, actor: User | None, target: User, moment: datetime, origin: Origin) -> bool:
    """Required from `moment` on. A plan that is moved begins its reminders anew; False where it is the same already.

    Raises AlreadyRequired.
    """
    with transaction.atomic():
        rows = User.objects.filter(pk=target.pk)
        others = rows.filter(is_open()).exclude(two_factor_required=True, two_factor_required_from=moment)
        now = timezone.now()
        if not two_factor.set_required(others, required=True, moment=moment, reminded_at=now):
            if not rows.filter(is_open()).exists():
                raise AlreadyRequired
            return False
        detail = {"old": written(target), "new": moments.written(moment)}
        record_and_notify(Event.TWO_FACTOR_PLANNED, origin=origin, actor=actor, target=target, detail=detail)
    return True


def withdraw(*, actor: User | None, target: User, origin: Origin) -> bool:
    """Before the moment: the plan is gone, and whatever is set up stays. False where there is no plan (any more)."""
    with transaction.atomic():
        if not two_factor.set_required(User.objects.filter(is_ahead(), pk=target.pk), required=False):
            return False
        detail = {"old": written(target), "new": "no"}
        record_and_notify(Event.TWO_FACTOR_PLANNED, origin=origin, actor=actor, target=target, detail=detail)
    return True


def to_be_reminded(now: datetime) -> QuerySet[User]:
    """Planned and not ready, with an email, and not told since their last reminder became due."""
    due = Q()
    for before in REMINDERS:
        due |= _due(before, now)
    people = User.objects.filter(is_ahead(), due, is_active=True, two_factor_active_since__isnull=True)
    return people.exclude(email="").select_related("contract__owner").order_by("pk")


def _due(before: timedelta, now: datetime) -> Q:
    """The reminder `before` the moment is due and has not been sent; nobody was told since."""
    soon = Q(two_factor_required_from__lte=now + before)
    return soon & Q(two_factor_reminded_at__lt=F("two_factor_required_from") - before)


def send_due_reminders(*, origin: Origin) -> int:
    """The reminders that are due now; how many. Of several that were missed only the newest is sent, and none twice,
    however many run this at once."""
    now = timezone.now()
    return sum(_remind(user, to_be_reminded(now), now, None, origin) for user in to_be_reminded(now))


def remindable(now: datetime) -> Q:
    """Required or planned, not set up, with an email, and not told within the last day."""
    told_long_ago = Q(two_factor_reminded_at__isnull=True) | Q(two_factor_reminded_at__lte=now - ONE_DAY)
    not_ready = Q(two_factor_required=True, two_factor_active_since__isnull=True, is_active=True)
    return not_ready & told_long_ago & ~Q(email="")


def remind(*, actor: User, people: list[User], origin: Origin) -> list[User]:
    """The owner reminds these people by hand; whom it was mailed to: nobody more than once a day."""
    now = timezone.now()
    rows = User.objects.filter(remindable(now))
    with transaction.atomic():
        ordered = sorted(people, key=lambda user: user.pk)
        return [user for user in ordered if _remind(user, rows, now, actor, origin)]


def _remind(user: User, rows: QuerySet[User], now: datetime, actor: User | None, origin: Origin) -> bool:
    with transaction.atomic():
        if not two_factor.note_reminder(rows.filter(pk=user.pk).order_by(), at=now):
            return False
        at = user.two_factor_required_from
        detail = {"from": moments.written(at)} if at else {}
        record_and_notify(Event.TWO_FACTOR_REMINDED, origin=origin, actor=actor, target=user, detail=detail)
    return True
