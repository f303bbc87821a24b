"""What waits in the outbox, for Prometheus. Asked of the database, and so the same whichever worker answers."""

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from accounts.outbox import state


def text() -> bytes:
    """Nothing where the database can't be asked: the counts are worth having without it."""
    try:
        found = state.now()
    except DatabaseError:
        return b""
    registry = CollectorRegistry()
    age = (timezone.now() - found.oldest).total_seconds() if found.oldest else 0
    for name, meaning, value in (
        ("waiting", "Mails that wait to be sent", found.waiting),
        ("oldest_seconds", "How long the oldest of them has waited", age),
        ("given_up", "Mails that could not be delivered in the last 24 hours", found.given_up),
    ):
        Gauge(f"cloudpanel_mails_{name}", meaning, registry=registry).set(value)
    return generate_latest(registry)
