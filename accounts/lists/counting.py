"""Numbers for summaries, counted up to a bound and shown as "1,000+" beyond it.

No summary reads more rows than the bound for each of its numbers, however large the contract is, as long as an index
covers the condition. Ordering by the index leads the database to it.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import IntegerField, QuerySet, Subquery

from accounts.limits import Grouped
from accounts.models import Contract

BOUND = 1_000
Key = TypeVar("Key")


class Number(Grouped):
    """A count that knows whether counting stopped at the bound; `str()` and templates then show it as "1,000+"."""

    @property
    def capped(self) -> bool:
        return self > BOUND

    @property
    def at_most(self) -> Grouped:
        """Without what is beyond the bound."""
        return Grouped(min(self, BOUND))

    def __str__(self) -> str:
        return f"{Grouped(BOUND)}+" if self.capped else super().__str__()


class _UpToBound(Subquery):
    """How many rows there are, at most one more than the bound."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) bounded)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.values("pk")[: BOUND + 1])


def count(contract: Contract, groups: Mapping[Key, QuerySet[Any]]) -> dict[Key, Number]:
    """How many rows each group has, in one query."""
    row = Contract.objects.filter(pk=contract.pk).values_list(*(_UpToBound(rows) for rows in groups.values())).get()
    return dict(zip(groups, map(Number, row), strict=True))
