"""`restore FILE`: puts a copy made by `backup` in the place of the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cloudpanel.operation import backup


class Command(BaseCommand):
    help = "Replaces everything in the database by a copy that `backup` made. Stop the server first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--noinput", action="store_true", help="don't ask before replacing the database")

    def handle(self, *args: Any, **options: Any) -> None:
        question = f"Replace the whole database by {options['file']}? Type yes: "
        if not options["noinput"] and input(question) != "yes":
            raise CommandError("Nothing was changed.")
        try:
            backup.restore(options["file"])
        except (backup.Refused, OSError) as fault:
            raise CommandError(str(fault)) from fault
        call_command("migrate", interactive=False, verbosity=0)
        backup.make_private()
        self.stdout.write(
            "The database is restored. Put the keys of that time back if they differ, then start the panel."
        )
