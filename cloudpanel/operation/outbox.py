"""Sends the mails in the outbox until stopped, in a process or thread beside the workers.

Another thread tells applications about ended sessions, so that a slow one delays no mail.
"""

import logging
from collections.abc import Callable
from threading import Event, Thread

from django.db import close_old_connections, connection

from accounts.outbox.sending import Sender
from cloudpanel.applications.openid.backchannel import Ender
from cloudpanel.operation import wake

logger = logging.getLogger("cloudpanel.mail")

LOOK_SECONDS = 1.0
AFTER_FAULT_SECONDS = 5.0
STOP_SECONDS = 1.0


def run(bell: int, stopped: Callable[[], bool]) -> None:
    """Runs until `stopped` returns True, or until no process can ring `bell`. A mail that is being sent is finished
    first."""
    sender, connected, over = Sender(), True, Event()
    ender = Thread(target=end_sessions, args=[over], daemon=True)
    ender.start()
    while connected and not stopped():
        try:
            close_old_connections()
            if not sender.send_next():
                connected = wake.wait(bell, LOOK_SECONDS)
        except Exception as fault:  # such as a database that is down or not migrated yet; mails stay in the outbox
            logger.warning("The outbox rests for a moment: %s", type(fault).__name__)
            connection.close()
            connected = wake.wait(bell, AFTER_FAULT_SECONDS)
    over.set()
    sender.hang_up()
    connection.close()
    ender.join(STOP_SECONDS)


def end_sessions(over: Event) -> None:
    """Tells applications until `over` is set. What it could not finish is told after the next start."""
    ender = Ender()
    while not over.is_set():
        pause = LOOK_SECONDS
        try:
            close_old_connections()
            if ender.work():
                pause = 0
        except Exception as fault:
            logger.warning("Telling applications rests for a moment: %s", type(fault).__name__)
            connection.close()
            pause = AFTER_FAULT_SECONDS
        over.wait(pause)
    connection.close()
