"""Reports errors of the panel: by mail to ERROR_REPORTS_TO, and to the Sentry project of SENTRY_DSN.

A report contains the type of the exception, its place in the code, the route and the request id. The message, the URL
and input may be secret, so they are only in the log, where the id finds them.
"""

import logging
import sys
import traceback
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest

from accounts.outbox import faults
from cloudpanel.operation import logs, sentry

logger = logging.getLogger("cloudpanel.mail")
ROOT = str(settings.BASE_DIR)


def report(request: HttpRequest, **_: Any) -> None:
    """Receives `got_request_exception`. Ignores a database that can't be reached."""
    fault = sys.exc_info()[1]
    if fault is None or isinstance(fault, OperationalError):
        return
    if not (settings.SENTRY_DSN or settings.ERROR_REPORTS_TO):
        return
    frames = frames_of(fault)
    facts = report_of(fault, frames, request)
    if settings.SENTRY_DSN:
        sentry.send(facts, frames)
    if settings.ERROR_REPORTS_TO:
        _mail(facts)


def _mail(facts: dict[str, Any]) -> None:
    try:
        faults.post(settings.ERROR_REPORTS_TO, facts)
    except DatabaseError:
        logger.warning("A report of a fault could not be written.")


def report_of(fault: BaseException, frames: list[sentry.Frame], request: HttpRequest) -> dict[str, Any]:
    """The facts of a report as plain values. `frames` end where the exception was raised; the report lists that one
    first."""
    places = [f"{file}:{line} {function}" for file, line, function in frames]
    return {
        "fault": type(fault).__name__,
        "frames": places[::-1],
        "place": places[-1] if places else "",
        "method": request.method,
        "route": logs.route_of(request),
        "reference": logs.request_id.get(),
        "version": settings.VERSION,
    }


def frames_of(fault: BaseException) -> list[sentry.Frame]:
    """The frames of the exception; the last one is where it was raised."""
    frames = traceback.extract_tb(fault.__traceback__)
    return [(_short(frame.filename), frame.lineno or 0, frame.name) for frame in frames]


def _short(file: str) -> str:
    """The path within the project, or from the library's name on."""
    name = file.rpartition("/site-packages/")[2]
    return name.removeprefix(f"{ROOT}/") if Path(name).is_absolute() else name
