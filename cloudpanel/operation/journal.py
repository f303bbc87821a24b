"""Audit rows of commands also go to the system's log, as those of the server do by its standard output.

A command prints to the terminal of whoever runs it, so without this an operator's acts would be missing in the journal.
They are found by `journalctl -t cloudpanel`.
"""

import logging
import os
import sys
from contextlib import suppress
from logging.handlers import SysLogHandler
from pathlib import Path

SOCKET = Path("/dev/log")
IDENTIFIER = "cloudpanel: "


class CommandsToJournal(logging.Handler):
    """Does nothing in a server, where there is no system log, and where standard output is the journal already."""

    def emit(self, record: logging.LogRecord) -> None:
        if Path(sys.argv[0]).name != "manage.py" or not SOCKET.exists() or _is_journal():
            return
        with suppress(OSError):  # the row itself is committed and printed
            handler = SysLogHandler(str(SOCKET), facility=SysLogHandler.LOG_DAEMON)
            handler.ident = IDENTIFIER
            handler.emit(record)
            handler.close()


def _is_journal() -> bool:
    """systemd names the device and inode of the stream that it connected."""
    try:
        found = os.fstat(1)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"
