"""Records a change that the person must be notified of: the log row and the notice, in one transaction."""

from collections.abc import Mapping
from typing import Any

from accounts.audit.record import record_event
from accounts.models import Event, Outcome, User
from accounts.notices import services as notices
from accounts.origin import Origin
from accounts.outbox.rows import Mailed


def record_and_notify(
    event: Event,
    *,
    target: User,
    origin: Origin,
    actor: User | None = None,
    outcome: Outcome = Outcome.OK,
    detail: Mapping[str, Any] | None = None,
    old_email: str = "",
) -> Mailed:
    """Call it within a transaction. Mails are sent after its commit."""
    record_event(event, origin=origin, outcome=outcome, actor=actor, target=target, detail=detail)
    return notices.notify(target, event, origin=origin, actor=actor, detail=detail, old_email=old_email)
