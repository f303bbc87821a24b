"""An owner logged in, and rows of the log as they are needed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditRow, Contract, Event, Outcome


@pytest.fixture
def row(contract: Contract) -> Callable[..., AuditRow]:
    def make(event: str = Event.USER_NAME, *, ago: timedelta = timedelta(), **fields) -> AuditRow:
        defaults = {"contract_id": contract.pk, "outcome": Outcome.OK, "at": timezone.now() - ago}
        return AuditRow.objects.create(event=event, **defaults | fields)

    return make


@pytest.fixture
def many(contract: Contract) -> Callable[[int], None]:
    def make(number: int) -> None:
        now = timezone.now()
        AuditRow.objects.bulk_create(
            AuditRow(
                contract_id=contract.pk,
                event=Event.USER_NAME,
                outcome=Outcome.OK,
                at=now - timedelta(seconds=place),
                actor_label="owner",
                target_id=place + 1_000,
                target_label=f"user{place}",
                detail={"old": "A", "new": "B"},
            )
            for place in range(number)
        )

    return make
