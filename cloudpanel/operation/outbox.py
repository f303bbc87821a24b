"""Sends what waits in the outbox until told to stop: the work of the process or thread beside the server's workers.

A thread of its own tells applications that sessions are over, so that a slow one holds up no mail.
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
    """Ends soon after `stopped`, or once nobody is left to ring `bell`; a mail under way then is finished first."""
    sender, connected, over = Sender(), True, Event()
    ender = Thread(target=end_sessions, args=[over], daemon=True)
    ender.start()
    while connected and not stopped():
        try:
            close_old_connections()
            if not sender.send_next():
                connected = wake.wait(bell, LOOK_SECONDS)
        except Exception as fault:  # such as a database that is away, or not migrated yet; what waits goes on waiting
            logger.warning("The outbox rests for a moment: %s", type(fault).__name__)
            connection.close()
            connected = wake.wait(bell, AFTER_FAULT_SECONDS)
    over.set()
    sender.hang_up()
    connection.close()
    ender.join(STOP_SECONDS)


def end_sessions(over: Event) -> None:
    """What is under way when it is told to stop is told again after the next start."""
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
