"""Writes the audit log: one row in the caller's transaction, and one JSON line to stdout after the commit."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.dispatch import Signal

from accounts.models import AuditRow, Contract, Event, Outcome, User
from accounts.origin import Origin

logger = logging.getLogger("cloudpanel.audit")
recorded = Signal()
"""Sent with `row` (AuditRow) once the row is committed."""


def record_event(
    event: Event,
    *,
    origin: Origin,
    outcome: Outcome = Outcome.OK,
    actor: User | None = None,
    target: Model | None = None,
    contract_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Writes one row about `event`.

    Without `contract_id`, it belongs to the contract of the target, or else of the actor. `target` is a user, or any
    object with a name that is a contract or belongs to one.
    """
    person = target if isinstance(target, User) else None
    row = AuditRow(
        event=event,
        outcome=outcome,
        contract_id=contract_id or _contract_of(target) or _contract_of(actor),
        actor_id=actor.pk if actor else None,
        actor_label=actor.username if actor else "",
        target_id=person.pk if person else None,
        target_label=str(target) if target else "",
        ip=origin.ip,
        user_agent=origin.agent,
        detail={name: _storable(value) for name, value in (detail or {}).items()},
    )
    row.save(force_insert=True)
    transaction.on_commit(partial(_announce, row))


@contextmanager
def not_printed() -> Iterator[None]:
    """Rows committed inside are stored as usual, but no line about them is printed."""
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _storable(value: Any) -> Any:
    """An address may contain a NUL byte, which PostgreSQL can't store."""
    return value.replace("\0", "\ufffd") if isinstance(value, str) else value


def _contract_of(thing: Model | None) -> int | None:
    return thing.pk if isinstance(thing, Contract) else getattr(thing, "contract_id", None)


def _announce(row: AuditRow) -> None:
    recorded.send(AuditRow, row=row)
    _print(row)


def _print(row: AuditRow) -> None:
    line = {
        "at": row.at.isoformat(timespec="milliseconds"),
        "event": row.event,
        "outcome": row.outcome,
        "contract": row.contract_id,
        "actor": row.actor_label,
        "target": row.target_label,
        "ip": row.ip,
        "user_agent": row.user_agent,
        "detail": row.detail,
    }
    logger.info(row.event, extra={"row": line})
