"""Many users and many rows of a log, written straight into the tables, the same ones at each run."""

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditRow, Contract, Event, Outcome, Role, User

FIRST, LAST = (
    names.split()
    for names in (
        "anna ben clara david emma felix greta hugo ida jonas karla lukas mia noah olga paul quentin rosa sven zoe",
        "ackermann bauer conrad dietrich ebert fischer graf huber igel jung keller lang maier neumann otto peters",
    )
)
BATCH = 2_000


def tag(number: int) -> str:
    """Eight signs that nobody else has, in no order."""
    return f"{number * 2654435761 % 2**32:08x}"


def write_users(contract: Contract, number: int) -> None:
    _write(User, islice(_users(contract), number))


def write_log(contract: Contract, number: int) -> None:
    _write(AuditRow, islice(_log(contract, number), number))


def _write(model, rows: Iterator) -> None:
    with transaction.atomic():
        while batch := list(islice(rows, BATCH)):
            model.objects.bulk_create(batch)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _users(contract: Contract) -> Iterator[User]:
    draw = random.Random(7)
    role = Role.objects.get(contract=contract, built_in=True)
    password, now, number = make_password(None), timezone.now(), 0
    while True:
        first, last = draw.choice(FIRST), draw.choice(LAST)
        state = draw.choice("aaaaapo")
        yield User(
            username=f"{first}.{last}.{tag(number)}",
            name=f"{first.title()} {last.title()}",
            email=f"{first}{tag(number)}@{last}.example",
            contract=contract,
            role=role,
            password=password,
            two_factor_required=state != "o",
            two_factor_active_since=now if state == "a" else None,
            last_login=now - timedelta(minutes=draw.randrange(500_000)),
        )
        number += 1


def _log(contract: Contract, number: int) -> Iterator[AuditRow]:
    """Spread over the last 29 days, so that the period that is shown first holds all of them."""
    draw = random.Random(11)
    now, step = timezone.now(), timedelta(days=29) / number
    for place in range(number):
        name = f"{draw.choice(FIRST)}.{draw.choice(LAST)}"
        yield AuditRow(
            at=now - step * (number - place),
            contract_id=contract.pk,
            event=draw.choice((Event.SIGN_IN, Event.USER_NAME, Event.USER_ROLE, Event.SESSION_ENDED)),
            outcome=Outcome.OK,
            actor_id=draw.randrange(1, 1_000),
            actor_label=name,
            target_label=draw.choice(FIRST),
            ip=f"192.0.2.{draw.randrange(256)}",
            user_agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
        )
