"""Counts every request, and answers /metrics to those who may read it.

For everybody else /metrics is a URL that doesn't exist. This middleware comes before the forwarding headers are
resolved, so that a visitor behind a proxy is never taken for this machine.
"""

from collections.abc import Callable
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST

from cloudpanel.operation import metrics, state_metrics

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Metrics:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/metrics" and _may_read(request):
            return HttpResponse(
                metrics.text() + state_metrics.text(), content_type=CONTENT_TYPE_LATEST, headers=HEADERS
            )
        began = perf_counter()
        response = self.get_response(request)
        match = request.resolver_match  # None for static files and unknown URLs
        metrics.count_request(match.view_name if match else "none", response.status_code, perf_counter() - began)
        return response


def _may_read(request: HttpRequest) -> bool:
    return request.method in ("GET", "HEAD") and metrics.may_read(request.META, settings.METRICS_TOKEN)
