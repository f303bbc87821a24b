"""What the Overview shows about a contract: how many use 2FA, and which accounts need attention.

The number of queries doesn't depend on the number of users. Deactivated accounts need no attention.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import QuerySet

from accounts.lists import counting
from accounts.lists.counting import Number
from accounts.models import Contract, User
from accounts.users.queries import ATTENTION, BY_NAME, OFF, pending, sub_users

PEOPLE_SHOWN = 5


class NeedKind(StrEnum):
    """Why an account needs attention, the most urgent first."""

    STOLEN = "stolen"
    LOCKED = "locked"
    MAIL = "mail"
    PENDING = "pending"
    WITHOUT = "off"
    FEW_CODES = "few_codes"
    SET_BY_OTHER = "set_by_other"


@dataclass(frozen=True)
class AffectedUser:
    id: int
    username: str


@dataclass(frozen=True)
class Need:
    """One reason, how many accounts it concerns, and the first of them by name."""

    kind: NeedKind
    count: Number
    people: tuple[AffectedUser, ...] = ()

    @property
    def more(self) -> Number:
        """How many are not shown by name. A count that was cut off at the limit stays as it is."""
        return self.count if self.count.capped else Number(self.count - len(self.people))


REMEDY = {
    NeedKind.STOLEN: "users.set_password",
    NeedKind.LOCKED: "users.enable",
    NeedKind.MAIL: "users.set_email",
    NeedKind.SET_BY_OTHER: "users.set_password",
}
"""The permission that is needed to fix it. For the others, one can talk to the people."""
OWNERS_ALONE = {NeedKind.WITHOUT}


def kinds_for(permissions: frozenset[str], *, is_owner: bool) -> list[NeedKind]:
    """What this viewer can fix, the most urgent first."""
    remediable = [kind for kind in NeedKind if kind not in REMEDY or REMEDY[kind] in permissions]
    return [kind for kind in remediable if is_owner or kind not in OWNERS_ALONE]


def needs(contract: Contract, kinds: Iterable[NeedKind] = NeedKind) -> list[Need]:
    """The reasons of these kinds that concern at least one account."""
    every = _groups(sub_users(contract).filter(is_active=True).order_by(*BY_NAME))
    groups = {kind: every[kind] for kind in kinds}
    counts = counting.count(contract, groups)
    return [Need(kind, counts[kind], _first(people)) for kind, people in groups.items() if counts[kind]]


def _groups(people: QuerySet[User]) -> dict[NeedKind, QuerySet[User]]:
    looked_up = {NeedKind(name): narrowed(people) for name, narrowed in ATTENTION.items()}
    return {NeedKind.PENDING: people.filter(pending()), NeedKind.WITHOUT: people.filter(OFF), **looked_up}


def _first(people: QuerySet[User]) -> tuple[AffectedUser, ...]:
    rows = people.values_list("id", "username")
    return tuple(AffectedUser(*row) for row in rows[:PEOPLE_SHOWN])
