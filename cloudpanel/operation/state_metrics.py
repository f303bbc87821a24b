"""Metrics of the current state: whether this server can serve, and what waits to be sent. Computed at each request.

They are not kept in the workers' files, where they would stay after the worker that computed them.
"""

from collections.abc import Iterator

from django.db import DatabaseError
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from accounts.outbox import state
from cloudpanel.applications.openid import state as openid
from cloudpanel.operation import health

Number = tuple[str, str, float]
"""Name, meaning and value."""


class StateCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        ready = ("cloudpanel_ready", "1 where /readyz says ready", float(health.is_ready()))
        for name, meaning, value in (ready, *_mails(), *_logouts()):
            yield GaugeMetricFamily(name, meaning, value)


def text() -> bytes:
    registry = CollectorRegistry()
    registry.register(StateCollector())
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
