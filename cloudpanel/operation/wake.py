"""Wakes the sender of mails: a pipe that the workers share with the server they were forked from.

Waking is a courtesy: a sender that nobody wakes looks every second by itself.
"""

import os
import select
from contextlib import suppress
from typing import Any

reading, _writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)


def ring(**_: Any) -> None:
    with suppress(BlockingIOError):  # full: it is awake
        os.write(_writing, b"!")


def wait(bell: int, seconds: float) -> bool:
    """Until somebody rings, at this bell or at this process's own, at most so long.

    False once nobody is left who could ring `bell`: every server process has ended.
    """
    connected = True
    for rung in select.select({bell, reading}, [], [], seconds)[0]:
        with suppress(BlockingIOError):
            connected = bool(os.read(rung, 65536)) and connected
    return connected
