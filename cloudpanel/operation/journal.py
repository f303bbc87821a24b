"""Sends audit rows of commands to the system's log, as the server's rows go there by its standard output.

A command prints to the operator's terminal, so without this its rows would be missing in the journal. Show them with
`journalctl -t cloudpanel`.
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
    """Does nothing without a system log, and in a server whose standard output is already the journal."""

    def emit(self, record: logging.LogRecord) -> None:
        if Path(sys.argv[0]).name != "manage.py" or not SOCKET.exists() or _is_journal():
            return
        with suppress(OSError):  # the row itself is already committed and printed
            handler = SysLogHandler(str(SOCKET), facility=SysLogHandler.LOG_DAEMON)
            handler.ident = IDENTIFIER
            handler.setFormatter(self.formatter)
            handler.emit(record)
            handler.close()


def _is_journal() -> bool:
    """Whether standard output is the journal: systemd sets the device and inode of the stream it connected."""
    try:
        found = os.fstat(1)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"
