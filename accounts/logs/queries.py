"""The rows of the log that belong to a contract, page by page.

These are the contract's own rows, and those about its owner that belong to no contract, such as logins. They are read
separately, each along its index, and merged, so that a page costs the same with ten rows and with a million.
"""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.http import QueryDict

from accounts.lists import counting
from accounts.lists.counting import Number
from accounts.lists.paging import PAGE_SIZE, Cursor, KeysetPage, Sort, page_of
from accounts.models import AuditRow, Contract
from accounts.users.queries import sub_users

NEWEST_FIRST = Sort("at", descending=True)
CHUNK = 1_000


def page(contract: Contract, condition: Q, *, cursor: str, query: QueryDict) -> KeysetPage[AuditRow]:
    start = Cursor.read(cursor, NEWEST_FIRST) if cursor else None
    near = _nearest(contract, condition, start, PAGE_SIZE + 1)
    return page_of(near, NEWEST_FIRST, cursor=cursor, query=query)


def in_chunks(contract: Contract, condition: Q, size: int = CHUNK) -> Iterator[list[AuditRow]]:
    """All rows, newest first, with at most `size` of them in memory."""
    start = None
    while True:
        near = _nearest(contract, condition, start, size)
        rows = list(near.order_by(*NEWEST_FIRST.order(turned=False))[:size])
        if rows:
            yield rows
        if len(rows) < size:
            return
        start = Cursor.at(rows[-1], NEWEST_FIRST, backwards=False)


def _nearest(contract: Contract, condition: Q, start: Cursor | None, number: int) -> QuerySet[AuditRow]:
    """At least the next `number` rows from here on, unordered."""
    turned = start is not None and start.backwards
    ids: list[int] = []
    for part in _parts(contract):
        rows = part.filter(condition, NEWEST_FIRST.beyond(start) if start else Q())
        ids += rows.order_by(*NEWEST_FIRST.order(turned=turned)).values_list("pk", flat=True)[:number]
    return AuditRow.objects.filter(pk__in=ids)


def _parts(contract: Contract) -> tuple[QuerySet[AuditRow], ...]:
    """The contract's own rows, what its owner did, and what was done to the owner. A row may be in both of the last
    two.

    An owner who is an admin too acts on other owners. Those rows are about the others, and not for this contract.
    """
    owner = contract.owner_id
    alone = AuditRow.objects.filter(contract_id__isnull=True)
    about_the_owner = Q(target_id__isnull=True) | Q(target_id=owner)
    return (
        AuditRow.objects.filter(contract_id=contract.pk),
        alone.filter(about_the_owner, actor_id=owner),
        alone.filter(target_id=owner),
    )


def numbers(contract: Contract, **conditions: Q) -> dict[str, Number]:
    """How many rows meet each condition, in one query; each counted up to the bound of `counting`."""
    parts = _apart(contract)
    found = counting.count(
        contract,
        {(name, place): part.filter(condition) for name, condition in conditions.items() for place, part in parts},
    )
    return {name: Number(sum(found[name, place] for place, _part in parts)) for name in conditions}


def _apart(contract: Contract) -> list[tuple[int, QuerySet[AuditRow]]]:
    """The parts, none of which share a row."""
    own, by_owner, to_owner = _parts(contract)
    others = Q(actor_id__isnull=True) | ~Q(actor_id=contract.owner_id)
    return list(enumerate((own, by_owner, to_owner.filter(others))))


def still_there(contract: Contract, rows: list[AuditRow]) -> frozenset[int]:
    """Which of the people in these rows are users of the contract today."""
    people = {pk for row in rows for pk in (row.actor_id, row.target_id) if pk}
    return frozenset(sub_users(contract).filter(pk__in=people).values_list("pk", flat=True))
