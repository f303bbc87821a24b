"""What a command prints, and a server, as the formatters of its log write it."""

import json
import logging
from collections.abc import Iterable
from io import StringIO

from django.core.management import call_command

from cloudpanel.operation.logs import JsonLines, RouteNotAddress

LOGGERS = ("cloudpanel.audit", "cloudpanel.access", "django.request")


def printed_by(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def every_logger() -> list[str]:
    """The root, and all that exist by now."""
    known = logging.root.manager.loggerDict.items()
    return ["", *(name for name, logger in known if isinstance(logger, logging.Logger))]


class Printed:
    """Collects the lines of `loggers` while it is entered."""

    def __init__(self, formatter: logging.Formatter | None = None, loggers: Iterable[str] = LOGGERS) -> None:
        self.loggers = [logging.getLogger(name) for name in loggers]
        self.stream = StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(formatter or JsonLines())
        self.handler.addFilter(RouteNotAddress())

    def __enter__(self) -> "Printed":
        for logger in self.loggers:
            logger.addHandler(self.handler)
        return self

    def __exit__(self, *args: object) -> None:
        for logger in self.loggers:
            logger.removeHandler(self.handler)

    def text(self) -> str:
        return self.stream.getvalue()

    def rows(self) -> list[dict]:
        return [json.loads(line) for line in self.text().splitlines()]
