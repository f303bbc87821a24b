"""Sends errors to Sentry, if SENTRY_DSN is set and the package sentry-sdk is installed.

The package only transports what is built here: type of the exception, files and lines, route, method, request id and
version. None of its integrations runs, so it sees no request, no local variable and no message.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from django.conf import settings

Frame = tuple[str, int, str]
"""File, line and function."""

OFF = {
    "default_integrations": False,
    "auto_enabling_integrations": False,
    "auto_session_tracking": False,
    "send_client_reports": False,
    "include_local_variables": False,
    "include_source_context": False,
    "max_breadcrumbs": 0,
    "max_request_body_size": "never",
}
SENT = ("event_id", "timestamp", "platform", "level", "release", "transaction", "tags", "exception")


def start() -> None:
    """Starts the package, once in each process."""
    if not settings.SENTRY_DSN:
        return
    _package().init(dsn=settings.SENTRY_DSN, before_send=only_what_is_made_here, **OFF)


def only_what_is_made_here(event: Any, hint: Any) -> Any:
    """Removes what the package adds, such as the machine's name and the installed packages."""
    return {name: event[name] for name in SENT if name in event}


def send(report: dict[str, Any], frames: Sequence[Frame]) -> None:
    """Queues a report in the package's thread. The last frame is where the exception was raised."""
    where = [{"filename": file, "lineno": line, "function": function} for file, line, function in frames]
    _package().capture_event(
        {
            "level": "error",
            "platform": "python",
            "release": f"cloudpanel@{report['version']}",
            "transaction": report["route"],
            "tags": {"method": report["method"], "request_id": report["reference"]},
            "exception": {"values": [{"type": report["fault"], "value": "", "stacktrace": {"frames": where}}]},
        }
    )


def _package() -> Any:
    """Imported on demand, because an installation without SENTRY_DSN doesn't have it."""
    return import_module("sentry_sdk")
