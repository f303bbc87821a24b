"""`doctor`: reports problems of this installation and how to fix them. Changes nothing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from cloudpanel.operation import doctor


class Command(BaseCommand):
    help = "Checks settings, database, keys, clock, files, mail, proxy and address, and says how to mend what is wrong."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        problems = 0
        for subject, found in doctor.examine():
            self.stdout.write(f"{subject}: {'ok' if not found else ''}".rstrip())
            for finding in found:
                self.stdout.write(f"  - {finding.problem}\n    {finding.remedy}")
            problems += len(found)
        if problems:
            raise CommandError(f"{problems} problem{'s' if problems > 1 else ''} found.")
        self.stdout.write("No problems found.")
