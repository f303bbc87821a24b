"""`outbox`: sends the mails that are due, and tells applications of sessions that ended, once. The server runs it
continuously."""

import os
import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.outbox import rows
from accounts.outbox.sending import Sender
from cloudpanel.applications.openid.backchannel import Ender
from cloudpanel.operation import outbox, wake


class Command(BaseCommand):
    help = "Sends due mails and tells applications of ended sessions. The server does this by itself all the time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--bell", type=int, help="used by the server: go on until it stops, woken by this pipe")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["bell"] is not None:
            until_stopped(options["bell"])
        else:
            self.stdout.write(send_once())
            if logouts := tell_once():
                self.stdout.write(f"Handled {logouts} back-channel logouts.")


def until_stopped(bell: int) -> None:
    """Sends until SIGTERM or SIGINT, or until the server that started it has ended."""
    server = os.getppid()
    stopped: list[int] = []

    def stop(number: int, frame: object) -> None:
        stopped.append(number)
        wake.ring()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    outbox.run(bell, lambda: bool(stopped) or os.getppid() != server)


def send_once() -> str:
    sender = Sender()
    handled = 0
    while sender.send_next():
        handled += 1
    left = rows.waiting().count()
    said = f"Handled {handled} mails; {left} wait for a later attempt."
    return said if settings.MAIL_ENABLED else f"{said} There is no EMAIL_URL, so nothing is sent."


def tell_once() -> int:
    """Returns how many applications were told, or could not be told now."""
    ender, handled = Ender(), 0
    while number := ender.work():
        handled += number
    return handled
