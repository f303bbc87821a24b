"""What the server's log says about a request that failed.

The route, never the address. An address may carry the token of a link or what somebody typed.
"""

import logging

from django.http import HttpRequest

PROBES = frozenset({"/healthz", "/readyz"})


class RouteNotAddress(logging.Filter):
    """Django's records about a request have its reason and its path as arguments. health.py says itself when a
    probe's answer changes."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and request.path_info in PROBES:
            return False
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple) and len(record.args) == 2:
            record.args = (record.args[0], request.resolver_match.route if request.resolver_match else "no route")
        return True
