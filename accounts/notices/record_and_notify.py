"""A change that the person concerned must hear of: the row in the log and the notice, in one transaction."""

from collections.abc import Mapping
from typing import Any

from accounts.audit.record import record_event
from accounts.models import Event, Outcome, User
from accounts.notices import services as notices
from accounts.origin import Origin


def record_and_notify(
    event: Event,
    *,
    target: User,
    origin: Origin,
    actor: User | None = None,
    outcome: Outcome = Outcome.OK,
    detail: Mapping[str, Any] | None = None,
    old_email: str = "",
) -> None:
    """Needs a transaction around it; mails leave after its commit."""
    record_event(event, origin=origin, outcome=outcome, actor=actor, target=target, detail=detail)
    notices.notify(target, event, origin=origin, actor=actor, detail=detail, old_email=old_email)
