"""`createowner USERNAME --contract NAME`: creates an account owner with a contract, from the server's command line.

The password comes from the prompt or from CLOUDPANEL_PASSWORD, never from an argument, which other users can see.
"""

import os
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts import origin
from accounts.contracts import services
from accounts.forms import LineField
from accounts.management import questions
from accounts.visible import visible

PASSWORD_VARIABLE = "CLOUDPANEL_PASSWORD"  # noqa: S105  the name of the variable, not what is in it
NOT_TEXT = "The password isn't UTF-8 text. Set your terminal to UTF-8."


class Command(BaseCommand):
    help = "Creates an account owner with a contract. The password is asked for, or taken from CLOUDPANEL_PASSWORD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--contract",
            required=True,
            type=LineField().to_python,
            metavar="NAME",
            help="name of the owner's first contract",
        )
        parser.add_argument("--email", default="", help="address for mails to the owner; none without it")
        parser.add_argument(
            "--two-factor", choices=("yes", "no"), default="yes", help="is 2FA required of the owner? (default: yes)"
        )
        parser.add_argument("--noinput", action="store_true", help="never prompt; CLOUDPANEL_PASSWORD must be set")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            owner = services.create_owner(
                username=options["username"],
                name=options["username"],
                contract_name=options["contract"],
                email=options["email"],
                password=given_password(ask=not options["noinput"]),
                two_factor_required=options["two_factor"] == "yes",
                origin=origin.SERVER,
            )
        except ValidationError as refusal:
            raise CommandError(all_reasons("The owner was not created:", refusal)) from refusal
        contract = owner.contracts.get()
        named = f"{visible(contract.name)} ({contract.number})"
        self.stdout.write(f"Created the owner {owner.username} with the contract {named}.")
        if owner.two_factor_required:
            self.stdout.write("Two-factor authentication is required: it is set up at the first login.")


def given_password(*, ask: bool) -> str:
    """From CLOUDPANEL_PASSWORD, or else from the prompt, typed twice."""
    given = os.environ.get(PASSWORD_VARIABLE)
    if given is not None:
        return as_text(given)
    first = questions.answer("Password: ", getpass, not_text=NOT_TEXT) if ask else ""
    if not first:
        raise CommandError(f"There is no password: set {PASSWORD_VARIABLE}, or type one when you are asked.")
    if first != questions.answer("Password (again): ", getpass, not_text=NOT_TEXT):
        raise CommandError("The two passwords are not the same: nothing was changed.")
    return as_text(first)


def as_text(password: str) -> str:
    """The same password; raises CommandError for bytes that aren't text."""
    try:
        password.encode()
    except UnicodeEncodeError as fault:
        raise CommandError(NOT_TEXT) from fault
    return password


def all_reasons(heading: str, refusal: ValidationError) -> str:
    """All errors, one per line, each with its field."""
    lines = [heading]
    for field, messages in refusal.message_dict.items():
        label = "" if field == NON_FIELD_ERRORS else f"{field.replace('_', ' ')}: "
        lines += [f"- {label}{message}" for message in messages]
    return "\n".join(lines)
