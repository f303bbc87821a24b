"""The filters above a list, and the chips that remove the active ones."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.lists.addresses import address
from accounts.lists.paging import CURSOR

Choices = Sequence[tuple[str | int, str | Promise]]


@dataclass(frozen=True)
class Filter:
    """A list of choices above the table."""

    name: str
    label: str | Promise
    choices: Choices
    chosen: str | int = ""
    groups: Sequence[tuple[str | Promise, Choices]] = ()
    """Further choices, in groups with a heading."""

    @property
    def words(self) -> str | Promise:
        every = (*self.choices, *(choice for _heading, choices in self.groups for choice in choices))
        return next((text for value, text in every if value == self.chosen), "")


@dataclass(frozen=True)
class Chip:
    """An active filter, and the address without it."""

    name: str
    text: str
    url: str


def chips(filters: Iterable[Filter], q: str, query: QueryDict) -> list[Chip]:
    chosen = [(each.name, f"{each.label}: {each.words or each.chosen}") for each in filters if each.chosen]
    texts = [("q", _("“%(text)s”") % {"text": q})] if q else []
    return [Chip(name, text, without(query, name)) for name, text in texts + chosen]


def without(query: QueryDict, *names: str) -> str:
    """The same list without these parameters, from its first page."""
    return address(query, dict.fromkeys((*names, CURSOR), ""))
