"""`restore FILE`: replaces the database by a copy that `backup` made."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from accounts.management import questions
from cloudpanel.configuration import private_files
from cloudpanel.operation import backup
from cloudpanel.operation.sqlite_copy import CopyRefused


class Command(BaseCommand):
    help = "Replaces everything in the database by a copy that `backup` made. Stop the server first."
    requires_system_checks = ()  # from Django 6.1 on, they need a database that can be opened

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--noinput", action="store_true", help="don't ask before replacing the database")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["noinput"]:
            questions.confirm(f"Replace the whole database by {options['file']}?")
        try:
            backup.restore(options["file"])
        except (CopyRefused, OSError) as fault:
            raise CommandError(str(fault)) from fault
        self._migrate()
        private_files.make_private(*private_files.database_files(settings.DATABASES["default"]))  # SQLite made it anew
        backup.end_everything_open()
        self.stdout.write(
            "The database is restored, and everybody is logged out."
            " Put the keys of that time back if they differ, then start the panel."
        )

    def _migrate(self) -> None:
        """Without sessions of that time, in case it fails."""
        try:
            backup.end_sessions()
            call_command("migrate", interactive=False, verbosity=0)
        except Exception as fault:
            raise CommandError(
                f"The copy is restored, but it could not be migrated: {fault}\n"
                "Don't start the panel. Mend this, or restore another copy."
            ) from fault
