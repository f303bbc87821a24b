"""Formats of the server's log: JSON lines, or text for a terminal, with the id of the request.

A failed request is logged with its route and never its URL, which may contain a token or input.
"""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # gunicorn's master imports this module without Django
    from django.http import HttpRequest

PROBES = frozenset({"/healthz", "/readyz"})
request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this thread handles; empty outside of one."""


def route_of(request: "HttpRequest") -> str:
    """The pattern of the URL, such as `management/users/<id:user_id>/`."""
    return str(request.resolver_match.route) if request.resolver_match else "no route"


class RouteNotAddress(logging.Filter):
    """Replaces the path in Django's records about a request by its route. Drops those of probes, as health.py logs when
    their answer changes."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is None or not hasattr(request, "path_info"):  # runserver puts a socket there
            return True
        if isinstance(record.args, tuple) and len(record.args) == 2:
            record.args = (record.args[0], route_of(request))
        return request.path_info not in PROBES


class JsonLines(logging.Formatter):
    """One JSON object per line. A record's `row` (`extra={"row": {…}}`) replaces its level, logger and message."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps((self._row(record)) | _request())

    def _row(self, record: logging.LogRecord) -> dict[str, Any]:
        row = getattr(record, "row", None)
        if row is not None:
            return dict(row)
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        return line | ({"exception": self.formatException(record.exc_info)} if record.exc_info else {})


class TextLines(logging.Formatter):
    """Text for a terminal. Tracebacks follow their line."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}: {message}", style="{")

    def formatMessage(self, record: logging.LogRecord) -> str:
        row = getattr(record, "row", None)
        line = json.dumps(row) if row is not None else super().formatMessage(record)
        return " ".join([line, *(f"{name}={value}" for name, value in _request().items())])


def _request() -> dict[str, str]:
    found = request_id.get()
    return {"request_id": found} if found else {}


def formatter(name: str) -> dict[str, Any]:
    """The entry for `logging.config` for the setting LOG_FORMAT."""
    return {"()": JsonLines if name == "json" else TextLines}


def of_gunicorn(name: str) -> dict[str, Any]:
    """Logging of gunicorn: on standard error, in the same format."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": formatter(name)},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {"gunicorn.error": {"handlers": ["stderr"], "level": "INFO", "propagate": False}},
    }


def of_django(name: str) -> dict[str, Any]:
    """Logging of Django and the panel: on standard output.

    Refused requests are not logged here; the audit log has them.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"route": {"()": "cloudpanel.operation.logs.RouteNotAddress"}},
        "formatters": {"lines": formatter(name), "rows": formatter("json")},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "lines",
                "filters": ["route"],
            },
            "rows": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "rows"},
            "journal": {"class": "cloudpanel.operation.journal.CommandsToJournal", "formatter": "rows"},
        },
        "root": {"handlers": ["stdout"], "level": "WARNING"},
        "loggers": {
            "cloudpanel.audit": {"handlers": ["rows", "journal"], "level": "INFO", "propagate": False},
            "cloudpanel.access": {"handlers": ["rows"], "level": "INFO", "propagate": False},
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"level": "ERROR"},
            "django.security": {"level": "CRITICAL"},
            "gunicorn.http": {"level": "ERROR"},  # it warns about every answer to HEAD
        },
    }
