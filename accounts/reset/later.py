"""An answer that is sent first and has its work done afterwards, so that its time tells nothing (CVE-2024-39329).

The rule: WSGI's `close()` is called once the server has handed over the last byte (PEP 3333). What goes wrong then is
a line in the server's log; nobody waits for it.
"""

import logging
from collections.abc import Callable

from django.http import HttpResponse

logger = logging.getLogger("cloudpanel.later")


class AnswerFirst(HttpResponse):
    def __init__(self, content: str, *, work: Callable[[], None]) -> None:
        super().__init__(content)
        self._work: Callable[[], None] | None = work

    def close(self) -> None:
        work, self._work = self._work, None
        try:
            if work:
                work()
        except Exception as fault:
            logger.error("Work after an answer failed: %s", type(fault).__name__)
        finally:
            super().close()
