"""`createsuperuser`: creates an admin from the server's command line, by the panel's own rules.

It replaces Django's command of this name, which would accept any password with `--noinput` and write no log row. It
takes the same options, and reads the same variables with `--noinput`.
"""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts import origin
from accounts.contracts import services
from accounts.management import questions
from accounts.management.commands.createowner import all_reasons, as_text, given_password

DJANGO_PASSWORD_VARIABLE = "DJANGO_SUPERUSER_PASSWORD"  # noqa: S105  the name of the variable, not what is in it


class Command(BaseCommand):
    help = "Creates an admin for /admin/. The password is asked for, or taken from CLOUDPANEL_PASSWORD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--username", help="asked for, or taken from DJANGO_SUPERUSER_USERNAME")
        parser.add_argument("--name", help="the username without it")
        parser.add_argument("--email", help="address for mails to the admin; none without it")
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="never prompt; CLOUDPANEL_PASSWORD or DJANGO_SUPERUSER_PASSWORD must be set",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        ask = options["interactive"]
        username = given(options, "username") or (questions.answer("Username: ").strip() if ask else "")
        if not username:
            raise CommandError("There is no username: give --username, or type one when you are asked.")
        password = os.environ.get(DJANGO_PASSWORD_VARIABLE) if not ask else None
        try:
            admin = services.create_admin(
                username=username,
                name=given(options, "name") or username,
                email=given(options, "email"),
                password=as_text(password) if password is not None else given_password(ask=ask),
                origin=origin.SERVER,
            )
        except ValidationError as refusal:
            raise CommandError(all_reasons("The admin was not created:", refusal)) from refusal
        self.stdout.write(
            f"Created the admin {admin.username}. Two-factor authentication is set up at the first login."
        )


def given(options: dict[str, Any], field: str) -> str:
    """From the command line, or else from the variable that Django's own command reads."""
    value = options[field]
    return str(value if value is not None else os.environ.get(f"DJANGO_SUPERUSER_{field.upper()}", ""))
