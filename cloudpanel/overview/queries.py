"""What the Overview tells of a contract: how far 2FA has come, and which accounts need somebody's attention.

The rule: a fixed number of queries, however many users there are. Deactivated accounts need no attention.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Attempts, Contract, User
from accounts.users.queries import ACTIVE, OFF, PENDING, members
from twofactor.models import RecoveryCode
from twofactor.recovery import FEW_LEFT

PEOPLE_SHOWN = 5


class Kind(StrEnum):
    """Why an account needs attention, the most urgent first."""

    STOLEN = "stolen"
    LOCKED = "locked"
    PENDING = "pending"
    WITHOUT = "off"
    FEW_CODES = "few_codes"
    SET_BY_OTHER = "set_by_other"


BY_COLUMN = {
    Kind.STOLEN: Q(password_revoked_at__isnull=False),
    Kind.PENDING: PENDING,
    Kind.WITHOUT: OFF,
    Kind.SET_BY_OTHER: Q(password_set_by_other=True),
}
"""Those that the user's own row tells; they are counted together."""


@dataclass(frozen=True)
class Person:
    id: int
    username: str


@dataclass(frozen=True)
class Need:
    """One reason, how many accounts it concerns, and the first of them by name."""

    kind: Kind
    count: int
    people: tuple[Person, ...] = ()

    @property
    def more(self) -> int:
        return self.count - len(self.people)


def needs(contract: Contract) -> list[Need]:
    """What needs attention; nothing that concerns nobody."""
    people = members(contract).filter(is_active=True)
    groups = {kind: people.filter(which) for kind, which in BY_COLUMN.items()}
    counts = people.aggregate(**{kind.value: Count("pk", filter=which) for kind, which in BY_COLUMN.items()})
    for kind, concerned in ((Kind.LOCKED, _locked(people)), (Kind.FEW_CODES, _with_few_codes(people))):
        groups[kind], counts[kind] = concerned, concerned.count()
    return [Need(kind, counts[kind], _first(groups[kind])) for kind in Kind if counts[kind]]


def _locked(people: QuerySet[User]) -> QuerySet[User]:
    """Looked up from the waits that run now, which are few, however many people there are."""
    running = Attempts.objects.filter(user__isnull=False, blocked_until__gt=timezone.now())
    return people.filter(pk__in=running.values("user"))


def _with_few_codes(people: QuerySet[User]) -> QuerySet[User]:
    unused = RecoveryCode.objects.filter(user=OuterRef("pk"), used_at__isnull=True)
    counted = unused.order_by().values("user").annotate(left=Count("pk")).values("left")
    return people.filter(ACTIVE).alias(left=Coalesce(Subquery(counted), 0)).filter(left__lte=FEW_LEFT)


def _first(people: QuerySet[User]) -> tuple[Person, ...]:
    rows = people.order_by("name_key", "id").values_list("id", "username")
    return tuple(Person(*row) for row in rows[:PEOPLE_SHOWN])
