"""Whether this server can serve and what waits in the outbox, for Prometheus: asked anew at each reading."""

from collections.abc import Iterator

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from accounts.outbox import state
from cloudpanel.operation import health

Number = tuple[str, str, float]
"""Name, meaning and value."""


def text() -> bytes:
    registry = CollectorRegistry()
    ready = ("cloudpanel_ready", "1 where /readyz says ready", float(health.is_ready()))
    for name, meaning, value in (ready, *_mails()):
        Gauge(name, meaning, registry=registry).set(value)
    return generate_latest(registry)


def _mails() -> Iterator[Number]:
    """From the database, so the same on every machine; nothing while it can't be asked."""
    try:
        found = state.now()
    except DatabaseError:
        return
    age = (timezone.now() - found.oldest).total_seconds() if found.oldest else 0
    yield "cloudpanel_mails_waiting", "Mails that wait to be sent", found.waiting
    yield "cloudpanel_mails_oldest_seconds", "How long the oldest of them has waited", age
    yield "cloudpanel_mails_given_up", "Mails that could not be delivered in the last 24 hours", found.given_up
