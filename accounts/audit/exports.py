"""The log row of a file that is downloaded."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.audit.record import record_event
from accounts.models import Contract, Event, User
from accounts.origin import Origin


def note_export(
    event: Event, *, actor: User, contract: Contract, origin: Origin, detail: Mapping[str, Any] | None = None
) -> None:
    with transaction.atomic():
        record_event(event, origin=origin, actor=actor, contract_id=contract.pk, detail=detail)
