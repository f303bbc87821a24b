"""`copy_to`: copies an installation from SQLite into an empty PostgreSQL database."""

import sys
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from accounts.management import questions
from cloudpanel.operation import transfer


class Command(BaseCommand):
    help = "Copies everything from the SQLite database of DATABASE_URL into an empty PostgreSQL database."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = 0
        try:
            for table, number in transfer.copy(asked_url()):
                self.stdout.write(f"{table}: {number}")
                rows += number
        except transfer.TransferRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        except DatabaseError as fault:
            raise CommandError(f"Nothing was copied: {fault}") from fault
        self.stdout.write(f"{rows} rows copied. Write the URL into DATABASE_URL and start the panel.")


def asked_url() -> str:
    """Reads the URL from the terminal or standard input, because all users of the machine can read a command line."""
    if sys.stdin is None or not sys.stdin.isatty():
        return questions.answer("", lambda _: sys.stdin.readline()).strip()
    return questions.answer("postgres://user:password@host/name of the empty database: ", getpass).strip()
