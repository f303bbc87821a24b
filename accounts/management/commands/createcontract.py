"""`createcontract OWNER NAME`: adds a contract to an existing account."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts import origin
from accounts.contracts import services
from accounts.forms import LineField
from accounts.management.commands.createowner import all_reasons
from accounts.models import User
from accounts.visible import visible


class Command(BaseCommand):
    help = "Creates a contract for an account owner."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("owner", help="username of the owner")
        parser.add_argument("name", type=LineField().to_python, help="name of the contract")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.named(options["owner"]).first()
        if owner is None:
            raise CommandError(f"There is no account with the username {visible(options['owner'])}.")
        try:
            contract = services.create_contract(owner=owner, name=options["name"], origin=origin.SERVER)
        except ValidationError as refusal:
            raise CommandError(all_reasons("The contract was not created:", refusal)) from refusal
        self.stdout.write(f"Created the contract {visible(contract.name)} ({contract.number}) of {owner.username}.")
