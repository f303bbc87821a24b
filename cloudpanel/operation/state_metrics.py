"""Metrics of the current state: whether this server can serve, and what waits to be sent. Computed at each request."""

from collections.abc import Iterator

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import CollectorRegistry, Gauge, generate_latest

from accounts.outbox import state
from cloudpanel.applications.openid import state as openid
from cloudpanel.operation import health

Number = tuple[str, str, float]
"""Name, meaning and value."""


def text() -> bytes:
    registry = CollectorRegistry()
    ready = ("cloudpanel_ready", "1 where /readyz says ready", float(health.is_ready()))
    for name, meaning, value in (ready, *_mails(), *_logouts()):
        Gauge(name, meaning, registry=registry).set(value)
    return generate_latest(registry)


def _mails() -> Iterator[Number]:
    """Counted in the database, so the same on every machine; none while it can't be queried."""
    try:
        found = state.now()
    except DatabaseError:
        return
    age = (timezone.now() - found.oldest).total_seconds() if found.oldest else 0
    yield "cloudpanel_mails_waiting", "Mails that wait to be sent", found.waiting
    yield "cloudpanel_mails_oldest_seconds", "How long the oldest of them has waited", age
    yield "cloudpanel_mails_given_up", "Mails that could not be delivered in the last 24 hours", found.given_up


def _logouts() -> Iterator[Number]:
    try:
        found = openid.now()
    except DatabaseError:
        return
    yield "cloudpanel_logouts_waiting", "Applications that wait to be told of an ended session", found.waiting
    yield "cloudpanel_logouts_told", "Applications told of sessions that ended in the last 24 hours", found.told
    yield "cloudpanel_logouts_given_up", "Applications that could not be told of these", found.given_up
