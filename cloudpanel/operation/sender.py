"""Runs the mail sender as a child of gunicorn's master, so that one service starts and stops everything.

The master treats it like a worker: restarts it if it dies or settings are reloaded, and stops it at the end. This
module is imported without Django.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cloudpanel.operation import wake
from cloudpanel.operation.serving import METRICS

AGAIN_SECONDS = 5.0
STOP_SECONDS = 5.0
MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


class SenderProcess:
    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0.0

    def look_after(self) -> None:
        """Starts the sender if it isn't running. If it dies at once, waits a few seconds between starts."""
        if self._process and (self._process.poll() is None or time.monotonic() - self._begun < AGAIN_SECONDS):
            return
        command = [sys.executable, str(MANAGE), "outbox", "--bell", str(wake.reading)]
        self._process = subprocess.Popen(command, pass_fds=[wake.reading], env=_environment())  # noqa: S603
        self._begun = time.monotonic()

    def stop(self) -> None:
        """Stops the sender. It may finish the current mail; others are sent after the next start."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment() -> dict[str, str]:
    """The environment without the folder of metrics, since the sender has none."""
    return {name: value for name, value in os.environ.items() if name != METRICS}


def attend(server: Any) -> SenderProcess:
    """Makes gunicorn's master manage the sender whenever it manages its workers."""
    sender, manage_workers, reload = SenderProcess(), server.manage_workers, server.reload

    def manage() -> None:
        manage_workers()
        sender.look_after()

    def renew() -> None:
        sender.stop()
        reload()

    server.manage_workers, server.reload = manage, renew
    return sender
