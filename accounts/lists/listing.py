"""A list as its page shows it: one component for users, roles, applications, logs and sessions.

It is drawn by `templates/lists/`.
"""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from accounts.lists.columns import Column
from accounts.lists.filters import Chip, Filter
from accounts.lists.paging import KeysetPage

Item = TypeVar("Item")


@dataclass(frozen=True)
class Listing(Generic[Item]):
    url: str
    """The address of the whole list, without filters."""
    page: KeysetPage[Item]
    matching: int
    """How many rows match the filters, on all pages."""
    total: int
    q: str = ""
    narrowed: bool = False
    sort: str = ""
    """The order, if it is not the default."""
    columns: list[Column] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    chips: list[Chip] = field(default_factory=list)
    by_time: bool = False
