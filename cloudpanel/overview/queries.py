"""What the Overview tells of a contract: how far 2FA has come, and which accounts need somebody's attention.

A fixed number of queries, however many users there are. Deactivated accounts need no attention.
"""

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
class Person:
    id: int
    username: str


@dataclass(frozen=True)
class Need:
    """One reason, how many accounts it concerns, and the first of them by name."""

    kind: NeedKind
    count: Number
    people: tuple[Person, ...] = ()

    @property
    def more(self) -> Number:
        """Of those beyond the bound nobody knows how many they are, so it stays as it is."""
        return self.count if self.count.capped else Number(self.count - len(self.people))


def needs(contract: Contract) -> list[Need]:
    """What needs attention; nothing that concerns nobody."""
    groups = _groups(sub_users(contract).filter(is_active=True).order_by(*BY_NAME))
    counts = counting.count(contract, groups)
    return [Need(kind, counts[kind], _first(groups[kind])) for kind in NeedKind if counts[kind]]


def _groups(people: QuerySet[User]) -> dict[NeedKind, QuerySet[User]]:
    looked_up = {NeedKind(name): narrowed(people) for name, narrowed in ATTENTION.items()}
    return {NeedKind.PENDING: people.filter(pending()), NeedKind.WITHOUT: people.filter(OFF), **looked_up}


def _first(people: QuerySet[User]) -> tuple[Person, ...]:
    rows = people.values_list("id", "username")
    return tuple(Person(*row) for row in rows[:PEOPLE_SHOWN])
