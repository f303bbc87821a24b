"""The progress of planned 2FA: how many are ready at each planned time, who is not, and who has missed it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q
from django.utils import timezone

from accounts.models import Contract, User
from accounts.users.queries import sub_users
from twofactor.requirement.plan import ONE_DAY

MOMENTS_SHOWN = 3
"""Of the planned times that have passed, the last ones; of those ahead, the next ones."""
PEOPLE_SHOWN = 50


@dataclass(frozen=True)
class Wave:
    """The users whose 2FA is required from the same time on."""

    moment: datetime
    total: int
    ready: int
    ahead: bool

    @property
    def left(self) -> int:
        return self.total - self.ready


@dataclass(frozen=True)
class NotReady:
    user: User
    held: bool
    """The time has passed: the next page this person opens is the setup."""
    remindable: bool
    """Whether the user has an email and has had no reminder within the last day."""


@dataclass(frozen=True)
class Rollout:
    waves: tuple[Wave, ...]
    other_waves: int = 0
    """How many planned times are not shown. Their users are among the people."""
    left: int = 0
    """How many users are not ready, at all planned times."""
    people: tuple[NotReady, ...] = ()

    @property
    def more(self) -> int:
        return max(self.left - len(self.people), 0)


def rollout_of(contract: Contract) -> Rollout:
    """One query if nothing is planned or left, else two."""
    now = timezone.now()
    concerned = sub_users(contract).filter(
        two_factor_required=True, two_factor_required_from__isnull=False, is_active=True
    )
    by_moment = concerned.order_by().values(moment=F("two_factor_required_from"))
    counted = by_moment.annotate(total=Count("pk"), ready=Count("two_factor_active_since"))
    open_waves = counted.filter(Q(moment__gt=now) | Q(total__gt=F("ready"))).order_by("moment")
    waves = [Wave(**row, ahead=row["moment"] > now) for row in open_waves]
    if not waves:
        return Rollout(())
    passed, ahead = [wave for wave in waves if not wave.ahead], [wave for wave in waves if wave.ahead]
    shown = (*passed[-MOMENTS_SHOWN:], *ahead[:MOMENTS_SHOWN])
    not_ready = concerned.filter(two_factor_active_since__isnull=True)
    people = not_ready.order_by("two_factor_required_from", "name_key", "id")[:PEOPLE_SHOWN]
    return Rollout(
        shown,
        other_waves=len(waves) - len(shown),
        left=sum(wave.left for wave in waves),
        people=tuple(_person(user, now) for user in people),
    )


def _person(user: User, now: datetime) -> NotReady:
    told = user.two_factor_reminded_at
    may = bool(user.email) and (told is None or told <= now - ONE_DAY)
    return NotReady(user, held=user.must_use_two_factor, remindable=may)
