"""Many at once: one wins, nobody sees an error page, and the log tells of one change."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection

from accounts.models import AuditRow, Role, User
from accounts.origin import SERVER
from accounts.users import services
from tests.factories import PASSWORD, make_member, make_owner, make_role

pytestmark = pytest.mark.django_db(transaction=True)
THREADS = 12


def at_once(act: Callable[[int], Any]) -> list[Any]:
    start = Barrier(THREADS)

    def run(number: int) -> Any:
        start.wait()
        try:
            return act(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


def written(event: str) -> int:
    return AuditRow.objects.filter(event=event).count()


def test_one_username_is_given_once_whatever_its_case():
    owner = make_owner()
    contract = owner.contracts.get()
    role = contract.roles.get()

    def create(number: int) -> bool:
        name = "nina" if number % 2 else "NINA"
        new = {"username": name, "name": name, "password": PASSWORD, "role": role}
        try:
            services.create_user(actor=owner, contract=contract, origin=SERVER, **new)
        except services.UsernameTaken:
            return False
        return True

    assert sum(at_once(create)) == 1
    assert User.objects.named("nina").count() == 1
    assert written("user_created") == 1


def test_a_user_is_deleted_once():
    owner = make_owner()
    lena = make_member(owner.contracts.get())
    results = at_once(lambda number: services.delete_user(actor=owner, target=lena, origin=SERVER))
    assert sum(map(bool, results)) == 1
    assert written("user_deleted") == 1


def test_a_state_changes_once():
    owner = make_owner()
    lena = make_member(owner.contracts.get())
    results = at_once(lambda number: services.set_state(actor=owner, target=lena, active=False, origin=SERVER))
    assert sum(map(bool, results)) == 1
    assert written("user_state") == 1
    assert User.objects.get(pk=lena.pk).stamp == 1


def test_a_role_deleted_at_the_same_moment_is_an_answer_and_no_error():
    owner = make_owner()
    contract = owner.contracts.get()
    people = [make_member(contract, f"user{number}") for number in range(THREADS)]
    roles = [make_role(contract) for _ in range(THREADS // 2)]

    def act(number: int) -> str:
        role = roles[number // 2]
        if number % 2:
            with suppress(IntegrityError):  # ProtectedError is one too: the user was faster
                Role.objects.filter(pk=role.pk).delete()
            return "deleting"
        try:
            services.set_role(actor=owner, target=people[number], role=role, origin=SERVER)
        except services.RoleGone:
            return "gone"
        return "given"

    results = at_once(act)
    assert set(results) <= {"given", "gone", "deleting"}
    assert results.count("given") == written("user_role")
    assert User.objects.filter(role__name__startswith="Role").count() == results.count("given")
