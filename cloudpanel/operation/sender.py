"""The sender of mails as a child of gunicorn's master: one service starts and stops all of it.

The master looks after it as after its workers: it is started anew when it dies or the settings are read again, and is
told to stop at the end. This module is loaded before Django is.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cloudpanel.operation import wake

AGAIN_SECONDS = 5.0
STOP_SECONDS = 5.0
MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


class Sender:
    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0.0

    def look_after(self) -> None:
        """Starts it where it does not run; one that dies at once only every few seconds."""
        if self._process and (self._process.poll() is None or time.monotonic() - self._begun < AGAIN_SECONDS):
            return
        command = [sys.executable, str(MANAGE), "outbox", "--bell", str(wake.reading)]
        self._process = subprocess.Popen(command, pass_fds=[wake.reading], env=_environment())  # noqa: S603
        self._begun = time.monotonic()

    def stop(self) -> None:
        """It may finish the mail in hand; what it leaves is sent after the next start."""
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
    """Without the workers' folder of numbers: it counts nothing for /metrics."""
    return {name: value for name, value in os.environ.items() if name != "PROMETHEUS_MULTIPROC_DIR"}


def attend(server: Any) -> Sender:
    """Has gunicorn's master look after the sender whenever it looks after its workers."""
    sender, manage_workers, reload = Sender(), server.manage_workers, server.reload

    def manage() -> None:
        manage_workers()
        sender.look_after()

    def renew() -> None:
        sender.stop()
        reload()

    server.manage_workers, server.reload = manage, renew
    return sender
