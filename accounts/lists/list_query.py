"""The query of a list in its URL: a search, one value for each filter, and an order.

A value that the page itself can't have sent is rejected, never guessed.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.lists.columns import columns
from accounts.lists.filters import Filter, chips
from accounts.lists.listing import Item, Listing
from accounts.lists.paging import KeysetPage
from accounts.texts import Text


@dataclass(frozen=True)
class ListQuery:
    """What a URL asks of a list; all values are valid."""

    q: str
    sort: str
    default_sort: str
    filters: list[Filter] = field(default_factory=list)
    """Each with its chosen value."""

    @property
    def narrowed(self) -> bool:
        return bool(self.q or any(each.chosen for each in self.filters))

    @property
    def order(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def descending(self) -> bool:
        return self.sort.startswith("-")

    def chosen(self) -> dict[str, str]:
        return {each.name: str(each.chosen) for each in self.filters if each.chosen}

    def listing(
        self,
        url: str,
        page: KeysetPage[Item],
        *,
        headings: Mapping[str, Text],
        query: QueryDict,
        matching: int,
        total: int,
    ) -> Listing[Item]:
        """The list that answers this query. `headings` are the columns that sort it."""
        return Listing(
            url=url,
            page=page,
            matching=matching,
            total=total,
            q=self.q,
            narrowed=self.narrowed,
            sort=self.sort if self.sort != self.default_sort else "",
            columns=columns(headings, self.sort, query),
            filters=self.filters,
            chips=chips(self.filters, self.q, query),
        )


def read_query(values: Mapping[str, str], filters: Iterable[Filter], sorts: Collection[str], default: str) -> ListQuery:
    """Reads the values of a URL; raises BadRequest (400) for invalid ones."""
    sort = values.get("sort") or default
    chosen = [replace(each, chosen=values.get(each.name, "")) for each in filters]
    known = sort.removeprefix("-") in sorts and all(
        each.chosen in ("", *(value for value, _text in each.choices)) for each in chosen
    )
    if not known:
        raise BadRequest(_("This list doesn't have that sort order or filter."))
    return ListQuery(values.get("q", ""), sort, default, chosen)
