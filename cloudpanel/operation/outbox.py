"""Sends what waits in the outbox until told to stop: the work of the process or thread beside the server's workers."""

import logging
from collections.abc import Callable

from django.db import close_old_connections, connection

from accounts.outbox.sending import Sender
from cloudpanel.operation import wake

logger = logging.getLogger("cloudpanel.mail")

LOOK_SECONDS = 1.0
AFTER_FAULT_SECONDS = 5.0


def run(bell: int, stopped: Callable[[], bool]) -> None:
    """Ends soon after `stopped`, or once nobody is left to ring `bell`; a mail under way then is finished first."""
    sender, connected = Sender(), True
    while connected and not stopped():
        try:
            close_old_connections()
            if not sender.send_next():
                connected = wake.wait(bell, LOOK_SECONDS)
        except Exception as fault:  # such as a database that is away, or not migrated yet; what waits goes on waiting
            logger.warning("The outbox rests for a moment: %s", type(fault).__name__)
            connection.close()
            connected = wake.wait(bell, AFTER_FAULT_SECONDS)
    sender.hang_up()
    connection.close()
