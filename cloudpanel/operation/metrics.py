"""The metrics at /metrics, and who may read them.

Labels are words of the panel, names of views or kinds of outcomes, and never text from a request or names or addresses
of people. So the number of series is limited.
"""

import os
from collections.abc import Iterator, Mapping
from secrets import compare_digest
from typing import Any

from django.conf import settings
from django.http.request import split_domain_port
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.models import AuditRow, Event, Outcome
from cloudpanel.configuration.public_url import is_own_machine
from cloudpanel.operation import metric_files
from cloudpanel.operation.serving import METRICS

metric_files.use()

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_VIA")
LOGINS: dict[tuple[str, str], str] = {
    (Event.SIGN_IN, Outcome.OK): "success",
    (Event.SIGN_IN_PASSWORD, Outcome.FAILED): "wrong_password",
    (Event.SIGN_IN_CODE, Outcome.FAILED): "wrong_code",
    (Event.CODE_REPLAYED, Outcome.REFUSED): "used_code",
}


class BuildInfo(Collector):
    """The version of the worker that answers: a gauge of 1 with the version as its label."""

    def collect(self) -> Iterator[Metric]:
        gauge = GaugeMetricFamily("cloudpanel_build_info", "Version of the panel", labels=["version"])
        gauge.add_metric([settings.VERSION], 1)
        yield gauge


_own = CollectorRegistry()
_own.register(BuildInfo())
_requests = Counter("cloudpanel_requests", "Requests answered", ["view", "status"], registry=_own)
_seconds = Histogram("cloudpanel_request_seconds", "Time to the answer", buckets=BUCKETS, registry=_own)
_logins = Counter("cloudpanel_logins", "Logins and failed attempts", ["outcome"], registry=_own)
_waits = Counter("cloudpanel_waits", "Waits that turned somebody away", registry=_own)


def count_request(view: str, status: int, seconds: float) -> None:
    _requests.labels(view, str(status)).inc()
    _seconds.observe(seconds)


def count_event(sender: object, *, row: AuditRow, **kwargs: Any) -> None:
    """Counts a row of the audit log, once it is committed."""
    outcome = LOGINS.get((row.event, row.outcome))
    if outcome:
        _logins.labels(outcome).inc()
    elif row.event == Event.THROTTLED:
        _waits.inc()


def text() -> bytes:
    """The metrics of all workers if they share a folder (gunicorn_conf.py), else of this process."""
    folder = os.environ.get(METRICS)
    if not folder or not os.path.isdir(folder):
        return generate_latest(_own)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, folder)
    registry.register(BuildInfo())
    return generate_latest(registry)


def may_read(meta: Mapping[str, Any], token: str) -> bool:
    """Whether the request has the token, or comes directly from this machine and not through a proxy."""
    given = str(meta.get("HTTP_AUTHORIZATION", ""))
    if token and compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    host, _ = split_domain_port(str(meta.get("HTTP_HOST", "")))
    direct = is_own_machine(str(meta.get("REMOTE_ADDR", ""))) and is_own_machine(host.strip("[]"))
    return direct and not any(name in meta for name in FORWARDED)
