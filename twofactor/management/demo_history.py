"""`demo --history`: people with short and long names, and the log of a month of their work.

Log rows are written with past times and without lines on the server's log. The same seed creates the same month.
"""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts import origin
from accounts.models import AuditRow, Contract, Event, Outcome, Role, User
from accounts.roles.services import create_role
from accounts.users import services as users

DAYS = 30
PEOPLE = 56
SEED = 20261
FIRST = ("Mia", "Noah", "Anna-Maria", "Jo", "Zoë", "Özgür", "Leonhard", "Katharina", "Li", "Søren", "Giulia", "Tom")
LAST = ("Berg", "Wu", "Schmidt-Hohenstein", "O'Connor", "Novák", "von der Heide-Wittgenstein", "Ito", "Krämer", "Ng")
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.6 Mobile/15E148 Safari/604.1",
)
SUPPORT = frozenset({"users.show", "users.set_name", "roles.show", "logs.show"})


def make(contract: Contract) -> list[User]:
    """Creates the people and their log rows. Returns those who use 2FA and still need an authenticator."""
    chance = random.Random(SEED)  # noqa: S311 no secret comes of it
    support = create_role(
        actor=contract.owner,
        contract=contract,
        name="Support",
        description="First line: sees users and logs, may correct names",
        permissions=SUPPORT,
        origin=origin.SERVER,
    )
    people = _people(contract, support, chance)
    AuditRow.objects.bulk_create(sorted(_month(people, chance), key=lambda row: row.at), batch_size=500)
    _invite(contract, support)
    return [user for user in people if _uses_two_factor(user)]


def activated_at(user: User) -> datetime:
    """A time in the month before the first log row."""
    return timezone.now() - timedelta(days=DAYS + user.pk % 28, hours=user.pk % 9, minutes=user.pk % 60)


def _uses_two_factor(user: User) -> bool:
    return bool(user.last_login and user.two_factor_required and user.is_active)


def _people(contract: Contract, support: Role, chance: random.Random) -> list[User]:
    administrator = contract.roles.get(built_in=True)
    names = [f"{first} {last}" for first in FIRST for last in LAST]
    made = [_person(name, contract, chance) for name in chance.sample(names, PEOPLE)]
    for n, user in enumerate(made):
        user.role = administrator if n % 9 == 0 else support
        user.is_active = n % 13 != 12
        user.two_factor_required = n % 5 != 0
    made[3].password_revoked_at = timezone.now() - timedelta(hours=3)
    return User.objects.bulk_create(made)


def _person(name: str, contract: Contract, chance: random.Random) -> User:
    latin = name.lower().translate(str.maketrans("ëöüøáä", "eouoaa", "'")).replace(" ", ".")
    last = timezone.now() - timedelta(minutes=chance.randint(5, DAYS * 24 * 60)) if chance.random() < 0.85 else None
    return User(username=latin, name=name, contract=contract, password=make_password(None), last_login=last)


def _month(people: list[User], chance: random.Random) -> Iterator[AuditRow]:
    """The log rows: fewer at weekends, and one login in twelve begins with an error."""
    now = timezone.now()
    for user in people:
        if user.last_login is None:
            continue
        if _uses_two_factor(user):
            yield _activation(user, chance)
        yield _row(user, user.last_login, chance)
        for day in range(DAYS):
            at = now.replace(hour=chance.randint(6, 18), minute=chance.randint(0, 59)) - timedelta(days=day)
            if at < user.last_login and chance.random() < (0.55 if at.weekday() < 5 else 0.12):
                if chance.random() < 1 / 12:
                    yield _row(user, at - timedelta(seconds=40), chance, failed=True)
                yield _row(user, at, chance)


def _row(user: User, at: datetime, chance: random.Random, *, failed: bool = False) -> AuditRow:
    if failed:
        event = Event.SIGN_IN_CODE if user.two_factor_required else Event.SIGN_IN_PASSWORD
        return _of(user, event, chance, at=at, outcome=Outcome.FAILED)
    proof = {"with": "code" if user.two_factor_required else "password"}
    return _of(user, Event.SIGN_IN, chance, at=at, actor_id=user.pk, actor_label=user.username, detail=proof)


def _activation(user: User, chance: random.Random) -> AuditRow:
    at = activated_at(user)
    return _of(user, Event.TWO_FACTOR_ACTIVATED, chance, at=at, actor_id=user.pk, actor_label=user.username)


def _of(user: User, event: Event, chance: random.Random, *, outcome: Outcome = Outcome.OK, **fields: Any) -> AuditRow:
    return AuditRow(
        outcome=outcome,
        contract_id=user.contract_id,
        event=event,
        target_id=user.pk,
        target_label=user.username,
        ip=f"192.0.2.{user.pk % 250 + 1}",
        user_agent=chance.choice(BROWSERS),
        **fields,
    )


def _invite(contract: Contract, role: Role) -> None:
    for username, name in (("ines.invited", "Ines Invernizzi"), ("ivo.invited", "Ivo Ivanković-Petrović")):
        users.create_invited_user(
            actor=contract.owner,
            contract=contract,
            username=username,
            name=name,
            email=f"{username}@example.com",
            role=role,
            origin=origin.SERVER,
        )
