"""`changepassword USERNAME`: sets a new password from the server's command line, by the panel's own rules.

It replaces Django's command of this name, which would neither end sessions nor write a log row. It also unblocks a
password that may be compromised, for an owner whom nobody else can help.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts import origin
from accounts.management.commands.createowner import given_password
from accounts.models import User
from accounts.passwords import services as passwords
from accounts.passwords.forms import SAME
from accounts.users import services


class Command(BaseCommand):
    help = "Sets a new password for an account. It is asked for, or taken from CLOUDPANEL_PASSWORD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--noinput", action="store_true", help="never prompt; CLOUDPANEL_PASSWORD must be set")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.named(options["username"]).select_related("contract").first()
        if user is None:
            raise CommandError(f"There is no account named {options['username']}.")
        password = given_password(ask=not options["noinput"])
        try:
            passwords.check_rules(password, user)
        except ValidationError as refusal:
            raise CommandError("\n- ".join(["The password was not changed:", *refusal.messages])) from refusal
        if passwords.is_current(user, password):
            raise CommandError(f"The password was not changed: {SAME}")
        done = services.set_password(
            actor=None, target=user, password=password, must_change_password=False, origin=origin.SERVER
        )
        if not done:
            raise CommandError("The password was not changed: somebody else has just changed the account. Try again.")
        self.stdout.write(f"The password of {user.username} is changed, and all sessions are ended.")
