"""`demo`: creates a demo contract, with an account for each way of using two-factor authentication.

The contract is created once, by the usual services. Passwords are random, printed and not stored in clear. Each run
prints the address and the accounts last, so that they appear right above the lines of the server.
"""

import shlex
import sys
from argparse import ArgumentParser
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import origin
from accounts.audit.record import not_printed, record_event
from accounts.contracts.services import create_admin, create_owner
from accounts.models import Contract, Event, User
from accounts.passwords import rules as passwords
from accounts.users import services as users
from twofactor import policy, totp
from twofactor.factors import account, app
from twofactor.management import demo_history, demo_people
from twofactor.management.tables import table
from twofactor.policy import TwoFactorState

CONTRACT = "Alpha Hosting"
HEAD = ("Account", "Username", "Password", "Two-factor authentication")


class DemoKind(Enum):
    OWNER = "Account owner"
    ADMIN = "Django admin"
    ADMINISTRATOR = "Administrator"
    SUB_USER = "Sub-user"


@dataclass(frozen=True)
class Demo:
    username: str
    name: str
    kind: DemoKind
    required: bool
    active: bool = False


ACCOUNTS = (
    Demo("demo-owner", "Olivia Owner", DemoKind.OWNER, required=False),
    Demo("demo-admin", "Ada Admin", DemoKind.ADMIN, required=True),
    Demo("demo-administrator", "Alex Adams", DemoKind.ADMINISTRATOR, required=False),
    Demo("demo-off", "Nora Neumann", DemoKind.SUB_USER, required=False),
    Demo("demo-pending", "Paul Peters", DemoKind.SUB_USER, required=True),
    Demo("demo-active", "Lena Lang", DemoKind.SUB_USER, required=True, active=True),
)
USERNAMES = [demo.username for demo in ACCOUNTS]
OWNER = USERNAMES[0]
OTHERS = (
    "This database has accounts that don't belong to the demo. Start the panel with: make serve\n"
    "If demo accounts are in it too, delete them with: {remove}"
)
STATES = {
    TwoFactorState.OFF: "off: the password is enough",
    TwoFactorState.PENDING: "pending: set up at the first login",
    TwoFactorState.ACTIVE: "active",
}


@dataclass(frozen=True)
class Made:
    """One line of the printed table. `password` is empty for an account that existed before."""

    kind: DemoKind
    user: User
    password: str = ""
    key: bytes | None = None


class Command(BaseCommand):
    help = "Makes a demo contract if there is none yet, and prints its passwords."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--new-passwords", action="store_true", help="sets and prints new passwords for the demo accounts"
        )
        parser.add_argument(
            "--history",
            action="store_true",
            help=f"adds {demo_history.PEOPLE} people and a month of logins when the demo is made",
        )
        parser.add_argument("--remove", action="store_true", help="deletes the demo accounts and their contract")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            removed = demo_people.remove(USERNAMES, OWNER)
            self.stdout.write(f"Deleted: {', '.join(removed)}" if removed else "There are no demo accounts.")
            return
        if demo_people.are_there_others(USERNAMES, OWNER):
            raise CommandError(OTHERS.format(remove=as_typed("--remove")))
        there = [demo for demo in ACCOUNTS if User.objects.named(demo.username).exists()]
        if there and not options["new_passwords"]:
            self.stdout.write(printed([Made(demo.kind, _account(demo)) for demo in there]))
            return
        try:
            with not_printed(), transaction.atomic():
                made = [renew(demo) for demo in there] if there else make()
                if options["history"] and not there:
                    add_history()
        except ValidationError as refusal:
            raise CommandError(f"The demo was not made: {' '.join(refusal.messages)}") from refusal
        self.stdout.write(printed(made))


def make() -> list[Made]:
    """Creates the contract with its owner, then the other accounts."""
    first, *others = ACCOUNTS
    password = passwords.suggest()
    owner = create_owner(
        username=first.username,
        name=first.name,
        contract_name=CONTRACT,
        email="",
        password=password,
        two_factor_required=first.required,
        origin=origin.SERVER,
    )
    contract = owner.contracts.get()
    return [Made(first.kind, owner, password), *(_make_one(demo, contract) for demo in others)]


def add_history() -> None:
    """Adds people and a month of log rows. Those who use 2FA get an authenticator whose key nobody holds."""
    for user in demo_history.make(Contract.objects.get(owner__username=OWNER)):
        give_app(user)
        User.objects.filter(pk=user.pk).update(two_factor_active_since=demo_history.activated_at(user))


def _make_one(demo: Demo, contract: Contract) -> Made:
    password = passwords.suggest()
    user = _admin(demo, password) if demo.kind is DemoKind.ADMIN else _sub_user(demo, password, contract)
    key = activate(user) if demo.active else None
    user.refresh_from_db()
    return Made(demo.kind, user, password, key)


def _admin(demo: Demo, password: str) -> User:
    return create_admin(username=demo.username, name=demo.name, email="", password=password, origin=origin.SERVER)


def _sub_user(demo: Demo, password: str, contract: Contract) -> User:
    return users.create_user(
        actor=None,
        contract=contract,
        username=demo.username,
        name=demo.name,
        password=password,
        role=contract.roles.get(built_in=True),
        origin=origin.SERVER,
        two_factor_required=demo.required,
    )


def renew(demo: Demo) -> Made:
    """Sets a new password and, for the account with 2FA, a new key, since the old one can't be shown again."""
    user = _account(demo)
    password = passwords.suggest()
    users.set_password(actor=None, target=user, password=password, must_change_password=False, origin=origin.SERVER)
    user.refresh_from_db()
    key = activate(user) if demo.active and user.two_factor_active else None
    return Made(demo.kind, user, password, key)


def _account(demo: Demo) -> User:
    return User.objects.named(demo.username).get()


def activate(user: User) -> bytes:
    """Gives the account an authenticator app, with a log row. Returns the key."""
    event = Event.TWO_FACTOR_MOVED if user.two_factor_active else Event.TWO_FACTOR_ACTIVATED
    key = give_app(user)
    record_event(event, origin=origin.SERVER, target=user)
    return key


def give_app(user: User) -> bytes:
    """Stores a new key, verified by the code of the previous time step, so that the current code can still be used.
    Returns the key."""
    key = totp.new_key()
    proved = app.check_new_key(key, totp.code_at(key, app.now_step() - 1))
    if not isinstance(proved, int) or account.activate(user, lambda user: app.store(user, key, proved)) is None:
        raise CommandError("The clock or the account changed meanwhile. Please run this again.")
    return key


def printed(made: list[Made]) -> str:
    """The table of all accounts, and how to get codes for the account with 2FA."""
    rows = [(one.kind.value, one.user.username, one.password or "not shown again", _factor(one)) for one in made]
    lines = ["", f"Demo contract: {CONTRACT}. Log in at {settings.PUBLIC_URL}/login/", "", table(HEAD, rows), ""]
    for one in made:
        if one.key:
            link = totp.otpauth(one.key, issuer=settings.PANEL_NAME, username=one.user.username)
            lines += [
                f"Type the setup key of {one.user.username} into an authenticator app, or open this there:",
                link,
                "",
            ]
    lines.append(f"Passwords are shown only when they are made. New ones: {as_typed('--new-passwords')}")
    return "\n".join(lines)


def as_typed(option: str) -> str:
    """The line that runs `demo` with this option from the current folder, with the Python of this process."""
    here = Path.cwd()
    programs = (Path(sys.executable), settings.BASE_DIR / "manage.py")
    shortest = [str(path.relative_to(here) if path.is_relative_to(here) else path) for path in programs]
    return shlex.join([*shortest, "demo", option])


def _factor(one: Made) -> str:
    state = policy.state(must_use=one.user.must_use_two_factor, active=one.user.two_factor_active)
    key = f"; setup key: {totp.groups_of_four(totp.base32(one.key))}" if one.key else ""
    return STATES[state] + key
