"""A change that the person concerned must hear of: the row in the log and the notice, in one transaction."""

from collections.abc import Mapping
from typing import Any

from accounts.audit import record as audit
from accounts.models import Event, Outcome, User
from accounts.notices import services as notices
from accounts.origin import Origin


def announce(
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
    audit.record(event, origin=origin, outcome=outcome, actor=actor, target=target, detail=detail)
    notices.tell(target, event, origin=origin, actor=actor, detail=detail, old_email=old_email)
