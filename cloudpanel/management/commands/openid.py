"""`openid rotate-keys`: replaces the signing key by the next one."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.origin import SERVER
from cloudpanel.applications.openid import keys


class Command(BaseCommand):
    help = "Keys of the login with OpenID Connect."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("rotate-keys", help="the next key signs from now on; applications notice by themselves")

    def handle(self, *args: Any, **options: Any) -> None:
        if not keys.rotate(origin=SERVER):
            raise CommandError("Another server has rotated the keys at this moment.")
        self.stdout.write("The next key signs from now on. The one before stays published for an hour.")
