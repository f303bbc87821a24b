"""`twofactor status | require U | reset U | unlock U | rotate-keys`: manages 2FA from the command line.

It calls the same services as the owner's pages, so each change is logged.
"""

import json
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Max
from django.utils import timezone

from accounts import clock, moments, origin
from accounts.management import questions
from accounts.management.commands import housekeeping
from accounts.models import Attempts, Session, User
from accounts.outbox import state
from accounts.users import services as users
from accounts.users.required_from import check_ahead
from twofactor import rotation
from twofactor.factors import app
from twofactor.keys.queries import of_another_host
from twofactor.login.pending_login import SETUP_LIFETIME_SECONDS
from twofactor.management.tables import table
from twofactor.models import Authenticator, RecoveryCode, latest_possible_step
from twofactor.requirement import plan, services

HEAD = ("Username", "Contract", "2FA required", "2FA activated", "Recovery codes", "Remarks")


class Command(BaseCommand):
    help = "Shows or changes the two-factor authentication of owners, admins and users."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        status = actions.add_parser("status", help="who has to use 2FA, and who does")
        status.add_argument("--json", action="store_true", help="as a JSON list")
        required = actions.add_parser("require", help="2FA is required of this account, at once or from a moment on")
        required.add_argument("username")
        required.add_argument("--from", dest="moment", type=moment, help="ISO 8601 with a zone: 2027-03-01T08:00Z")
        unlocked = actions.add_parser("unlock", help="ends every wait after failed attempts, for owners and admins too")
        unlocked.add_argument("username")
        add_reset(actions.add_parser("reset", help="removes app, keys and recovery codes; the requirement stays"))
        actions.add_parser("rotate-keys", help="re-encrypts all stored keys under the first of TWOFACTOR_KEYS")

    def handle(self, *args: Any, **options: Any) -> None:
        match options["action"]:
            case "status":
                self.stdout.write(as_json() if options["json"] else as_table())
                self.warn_of_other_clocks()
                self.warn_of_lost_keys()
                if said := of_another_host():
                    self.stderr.write(said)
                self.say_what_waits()
            case "require":
                self.stdout.write(require(named(options["username"]), options["moment"]))
            case "reset" if options["unreadable"]:
                self.reset_unreadable(ask=not options["noinput"])
            case "reset":
                self.stdout.write(reset(named(options["username"])))
            case "unlock":
                self.stdout.write(unlock(named(options["username"])))
            case "rotate-keys":
                self.rotate_keys()

    def warn_of_other_clocks(self) -> None:
        """On standard error, so that JSON stays JSON."""
        found = of_another_clock()
        if found:
            self.stderr.write(
                f"Stored under a clock that was ahead of this one, and ignored: {found}. Check the time on every "
                "machine (NTP). Codes, waits and sessions go by the corrected clock; housekeeping removes the rest."
            )

    def warn_of_lost_keys(self) -> None:
        """On standard error, so that JSON stays JSON."""
        if names := [user.username for user in app.unreadable()]:
            self.stderr.write(
                f"None of TWOFACTOR_KEYS opens the secrets of {len(names)}: {', '.join(names)}. Their codes can't be "
                "checked. Add the key the secrets were made with; if it is lost, run: twofactor reset --unreadable"
            )

    def reset_unreadable(self, *, ask: bool) -> None:
        users = app.unreadable()
        if not users:
            self.stdout.write("Nothing was changed: every stored secret can be read.")
            return
        self.stdout.write(f"Can't be read: {', '.join(user.username for user in users)}.")
        if ask:
            questions.confirm(f"Reset the two-factor authentication of {len(users)}?")
        for user in users:
            self.stdout.write(reset(user))

    def say_what_waits(self) -> None:
        """On standard error, as above."""
        self.stderr.write(state.now().sentence())

    def rotate_keys(self) -> None:
        result = rotation.rotate_keys(origin=origin.SERVER)
        self.stdout.write(f"Re-encrypted under the first key: {result.rotated}.")
        if result.unreadable:
            raise CommandError(
                f"Unreadable: {result.unreadable}. None of TWOFACTOR_KEYS opens them. Add the key they were made with "
                "and run this again; if it is lost, run: twofactor reset --unreadable"
            )
        minutes = SETUP_LIFETIME_SECONDS // 60
        self.stdout.write(
            f"Other keys can be taken out of TWOFACTOR_KEYS in {minutes} minutes, when open setups have ended."
        )


def add_reset(parser: ArgumentParser) -> None:
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("username", nargs="?")
    who.add_argument("--unreadable", action="store_true", help="everybody whose secret no key in TWOFACTOR_KEYS opens")
    parser.add_argument("--noinput", action="store_true", help="don't ask before resetting several")


def named(username: str) -> User:
    user = User.objects.named(username).first()
    if user is None:
        raise CommandError(f"There is no account with the username {username}.")
    return user


def moment(text: str) -> datetime:
    """Parses the argument of --from: a future time with its time zone."""
    found = moments.read(text)
    if found is None:
        raise ArgumentTypeError("write a date and time with its zone, for example 2027-03-01T08:00Z")
    try:
        return check_ahead(found)
    except ValidationError as fault:
        raise ArgumentTypeError(" ".join(fault.messages)) from fault


def require(user: User, required_from: datetime | None) -> str:
    already = f"Nothing was changed: two-factor authentication is required of {user.username} already."
    try:
        changed = services.set_required(
            actor=None, target=user, required=True, required_from=required_from, origin=origin.SERVER
        )
    except plan.AlreadyRequired:
        raise CommandError(already) from None
    if not changed and required_from:
        return f"Nothing was changed: this is planned for {user.username} already."
    if not changed:
        return already
    if required_from:
        return f"Two-factor authentication will be required of {user.username} from {required_from:%Y-%m-%d %H:%M} UTC."
    then = (
        ""
        if user.two_factor_active
        else " It has to be set up at the next login; an open session is led there at once."
    )
    return f"Two-factor authentication is now required of {user.username}.{then}"


def reset(user: User) -> str:
    if not services.reset(actor=None, target=user, origin=origin.SERVER):
        return f"Nothing was changed: {user.username} has no second factor set up."
    otherwise = f"It is required {planned(user)}." if user.two_factor_planned else "It is not required."
    then = "At the next login it has to be set up again." if user.must_use_two_factor else otherwise
    return f"The two-factor authentication of {user.username} is reset and all sessions have ended. {then}"


def unlock(user: User) -> str:
    if not users.unlock(actor=None, target=user, origin=origin.SERVER):
        return f"Nothing was changed: no failed attempts are counted for {user.username}."
    return f"{user.username} is unlocked: failed attempts are forgotten and no wait runs."


def of_another_clock() -> str:
    """How many sessions, codes and counts of attempts have times later than this machine's clock; empty for none."""
    now = timezone.now()
    numbers = {
        "last codes": Authenticator.objects.filter(last_step__gt=latest_possible_step()).count(),
        "counts of failed attempts": Attempts.objects.filter(updated_at__gt=clock.latest_possible(now)).count(),
        "sessions": Session.objects.filter(housekeeping.of_another_clock(now)).count(),
    }
    return ", ".join(f"{number} {what}" for what, number in numbers.items() if number)


def accounts() -> list[tuple[User, int]]:
    """All accounts with their contracts and the number of recovery codes left, in three queries."""
    unused = RecoveryCode.objects.filter(used_at__isnull=True)
    left = dict(unused.values_list("user_id").annotate(left=Count("pk")))
    everybody = User.objects.select_related("contract").prefetch_related("contracts").order_by("username_key")
    return [(user, left.get(user.pk, 0)) for user in everybody]


def moment_of(user: User) -> str | None:
    """The time from which 2FA is, or was, planned to be required, in ISO 8601; None if it is required at once or not at
    all."""
    at = user.two_factor_required_from
    return moments.written(at) if at and user.two_factor_required else None


def planned(user: User) -> str:
    at = user.two_factor_required_from
    return f"from {at:%Y-%m-%d %H:%M} UTC" if at and user.two_factor_planned else ""


def contract_of(user: User) -> str | None:
    """The contract of a user, or the contracts of an owner; None for an admin."""
    held = [user.contract] if user.contract else user.contracts.all()
    return ", ".join(contract.name for contract in held) or None


def as_json() -> str:
    facts = [
        {
            "username": user.username,
            "contract": contract_of(user),
            "required": user.must_use_two_factor,
            "required_from": moment_of(user),
            "active": user.two_factor_active,
            "active_since": user.two_factor_active_since and user.two_factor_active_since.isoformat(timespec="seconds"),
            "recovery_codes_left": codes_left,
        }
        for user, codes_left in accounts()
    ]
    return json.dumps(facts, indent=2)


def as_table() -> str:
    running = Attempts.objects.filter(user__isnull=False).waiting(timezone.now())
    waits = dict(running.values_list("user_id").annotate(until=Max("blocked_until")))
    rows = [
        (
            user.username,
            contract_of(user) or "-",
            "yes" if user.must_use_two_factor else planned(user) or "no",
            f"{user.two_factor_active_since:%Y-%m-%d %H:%M} UTC" if user.two_factor_active_since else "no",
            str(codes_left) if user.two_factor_active else "-",
            remarks(user, waits.get(user.pk)),
        )
        for user, codes_left in accounts()
    ]
    return table(HEAD, rows) if rows else "There are no accounts yet."


def remarks(user: User, waits_until: datetime | None) -> str:
    found = [f"waits until {waits_until:%H:%M:%S} UTC"] if waits_until else []
    found += ["password may be compromised"] if user.password_revoked_at else []
    found += [] if user.is_active else ["deactivated"]
    return ", ".join(found) or "-"
