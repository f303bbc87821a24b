"""`backup FOLDER [--keys FOLDER]`: copies the database, and the keys to another folder, while the panel runs."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudpanel.operation import backup
from cloudpanel.operation.sqlite_copy import CopyRefused


def folder(text: str) -> Path:
    """An empty argument is that of an unset variable, and not the current folder."""
    if not text:
        raise ArgumentTypeError("must name a folder")
    return Path(text)


class Command(BaseCommand):
    help = "Writes a copy of the database into a folder. Safe while the panel runs."
    requires_system_checks = ()  # from Django 6.1 on, they need a database that can be opened

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=folder)
        parser.add_argument("--keys", type=folder, help="another folder, for SECRET_KEY and TWOFACTOR_KEYS")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            files = backup.back_up(options["folder"], options["keys"])
        except (CopyRefused, OSError) as fault:
            raise CommandError(str(fault)) from fault
        for file in files:
            self.stdout.write(str(file))
        if not options["keys"]:
            self.stdout.write("Without TWOFACTOR_KEYS this copy logs nobody in: --keys FOLDER copies them elsewhere.")
