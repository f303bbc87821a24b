"""What the Overview tells of a contract: how far 2FA has come, and which accounts need somebody's attention.

The rule: a fixed number of queries, however many users there are. Deactivated accounts need no attention.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
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


WHICH = {
    Kind.STOLEN: Q(password_revoked_at__isnull=False),
    Kind.LOCKED: Q(waits=True),
    Kind.PENDING: PENDING,
    Kind.WITHOUT: OFF,
    Kind.FEW_CODES: ACTIVE & Q(codes_left__lte=FEW_LEFT),
    Kind.SET_BY_OTHER: Q(password_set_by_other=True),
}


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
    people = _people(contract)
    counts = people.aggregate(**{kind.value: Count("pk", filter=which) for kind, which in WHICH.items()})
    return [Need(kind, counts[kind], _first(people, which)) for kind, which in WHICH.items() if counts[kind]]


def _people(contract: Contract) -> QuerySet[User]:
    waits = Attempts.objects.filter(user=OuterRef("pk"), blocked_until__gt=timezone.now())
    unused = RecoveryCode.objects.filter(user=OuterRef("pk"), used_at__isnull=True)
    counted = unused.order_by().values("user").annotate(left=Count("pk")).values("left")
    return (
        members(contract)
        .filter(is_active=True)
        .annotate(waits=Exists(waits), codes_left=Coalesce(Subquery(counted), 0))
    )


def _first(people: QuerySet[User], which: Q) -> tuple[Person, ...]:
    rows = people.filter(which).order_by("name_key", "id").values_list("id", "username")
    return tuple(Person(*row) for row in rows[:PEOPLE_SHOWN])
