"""What stands around the table of users: filters, those in force, and how many users there are."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.lists import counting
from accounts.lists.counting import Number
from accounts.lists.paging import CURSOR, KeysetPage
from accounts.models import Contract, Role, User
from accounts.users import queries, search
from accounts.users.search import Search

Choices = Iterable[tuple[str | int, str | Promise]]


@dataclass(frozen=True)
class Filter:
    """One list to choose from, above the table."""

    name: str
    label: str
    choices: Choices
    chosen: str | int

    @property
    def words(self) -> str | Promise:
        return next((text for value, text in self.choices if value == self.chosen), "")


@dataclass(frozen=True)
class Chip:
    """A filter that is in force, and the address without it."""

    text: str
    url: str


def filters_of(asked: Search, roles: list[Role]) -> list[Filter]:
    role_choices: list[tuple[str | int, str | Promise]] = [("", _("All")), *((role.pk, role.name) for role in roles)]
    return [
        Filter("state", _("Status"), search.STATE_CHOICES, asked.state),
        Filter("required", _("2FA required"), search.REQUIRED_CHOICES, asked.required),
        Filter("two_factor", _("2FA activated"), search.TWO_FACTOR_CHOICES, asked.two_factor),
        Filter("role", _("Role"), role_choices, asked.role or ""),
        Filter("attention", _("Needs attention"), search.ATTENTION_CHOICES, asked.attention),
    ]


def chips(filters: list[Filter], asked: Search, query: QueryDict) -> list[Chip]:
    chosen = [(each.name, f"{each.label}: {each.words or each.chosen}") for each in filters if each.chosen]
    texts = [("q", f"“{asked.q}”")] if asked.q else []
    return [Chip(text, without(query, name)) for name, text in texts + chosen]


def without(query: QueryDict, *names: str) -> str:
    """The same list without these parameters, from its first page on."""
    changed = query.copy()
    for name in (*names, CURSOR):
        changed.pop(name, None)
    return f"?{changed.urlencode()}"


def matching(contract: Contract, asked: Search, page: KeysetPage[User]) -> Number:
    """How many users the filters leave; not asked where all of them stand on this page."""
    if not page.newer_url and not page.older_url:
        return Number(len(page.rows))
    return counting.count(contract, {"matching": asked.among(queries.sub_users(contract))})["matching"]
