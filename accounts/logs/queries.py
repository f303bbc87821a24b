"""Which rows of the log belong to a contract, page by page.

A contract's rows are its own and those of its owner that belong to no contract, such as their logins. They
are read apart, each part along its index, and merged, so that a page costs the same at ten rows and at a million.
"""

from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.http import QueryDict

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
    """All rows, newest first, never more than `size` of them in memory."""
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
    """At least the next `number` rows from here on, in no order yet."""
    turned = start is not None and start.backwards
    ids: list[int] = []
    for part in _parts(contract):
        rows = part.filter(condition, NEWEST_FIRST.beyond(start) if start else Q())
        ids += rows.order_by(*NEWEST_FIRST.order(turned=turned)).values_list("pk", flat=True)[:number]
    return AuditRow.objects.filter(pk__in=ids)


def _parts(contract: Contract) -> tuple[QuerySet[AuditRow], ...]:
    """The contract's own, what its owner did, what was done to the owner; a row may be in both of the last two."""
    alone = AuditRow.objects.filter(contract_id__isnull=True)
    return (
        AuditRow.objects.filter(contract_id=contract.pk),
        alone.filter(actor_id=contract.owner_id),
        alone.filter(target_id=contract.owner_id),
    )


def still_there(contract: Contract, rows: list[AuditRow]) -> frozenset[int]:
    """Which of the people in these rows are users of the contract today."""
    people = {pk for row in rows for pk in (row.actor_id, row.target_id) if pk}
    return frozenset(sub_users(contract).filter(pk__in=people).values_list("pk", flat=True))
