"""Somebody loses a right while their change waits for a row that another transaction has locked (PostgreSQL)."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, connections

from accounts.models import AuditRow, Role, User
from accounts.origin import Origin
from accounts.reset import services as reset
from accounts.roles import services as roles
from accounts.sessions import services as sessions
from accounts.users import services as users
from accounts.users.authority import RightGone
from cloudpanel.applications import services as applications
from cloudpanel.applications.models import Application
from tests.factories import make_member, make_owner, make_role
from tests.races.conftest import is_waiting
from twofactor.requirement import services as requirement

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks the whole file")
ORIGIN = Origin("192.0.2.1")
REFUSED = (RightGone, applications.ApplicationMoved)


@pytest.fixture
def owner() -> User:
    return make_owner()


@pytest.fixture
def helper(owner) -> User:
    contract = owner.contracts.get()
    return make_member(contract, "helper", role=contract.roles.get(built_in=True))


@pytest.fixture
def lena(helper) -> User:
    return make_member(helper.contract, "lena", role=make_role(helper.contract), email="lena@example.com")


def now(user: User) -> User:
    return User.objects.select_related("role", "contract").get(pk=user.pk)


@contextmanager
def locked(table: str, pk: int) -> Iterator[None]:
    """Somebody else, such as an import, has this row."""
    beside = connection.copy()
    with beside.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR NO KEY UPDATE", [pk])
        yield
    beside.close()


def written_although(loss: Callable, change: Callable, table: str, pk: int) -> object:
    """What `change` returns if its actor loses the right while it waits for the row; None if it is refused."""
    answers: list[object] = []

    def work() -> None:
        try:
            answers.append(change())
        except REFUSED:
            answers.append(None)
        finally:
            connections.close_all()

    waiting = threading.Thread(target=work)
    with locked(table, pk):
        waiting.start()
        for _ in range(500):
            if is_waiting():
                break
            time.sleep(0.01)
        assert is_waiting(), "the change needs no lock on this row"
        loss()
    waiting.join()
    return answers[0]


CHANGES = {
    "name": lambda **who: users.set_name(name="New", **who),
    "description": lambda **who: users.set_description(description="New", **who),
    "password": lambda **who: users.set_password(password="seven brave otters", must_change_password=False, **who),
    "state": lambda **who: users.set_state(active=False, **who),
    "deletion": users.delete_user,
    "email": lambda **who: reset.request_email(email="new@example.com", **who),
    "invitation": reset.invite,
    "sessions": sessions.end_by,
    "2FA required": lambda **who: requirement.set_required(required=True, **who),
    "reset": requirement.reset,
}


@pytest.mark.parametrize("change", CHANGES)
def test_somebody_who_was_deactivated_meanwhile_changes_no_account(owner, helper, lena, change):
    User.objects.filter(pk=lena.pk).update(two_factor_required=change == "reset")
    who = {"actor": now(helper), "target": now(lena), "origin": ORIGIN}

    def deactivated() -> None:
        users.set_state(actor=owner, target=now(helper), active=False, origin=ORIGIN)

    assert not written_although(deactivated, lambda: CHANGES[change](**who), "accounts_user", lena.pk)
    assert not AuditRow.objects.filter(actor_label="helper").exists()


def test_nor_does_somebody_whose_target_has_gained_rights_meanwhile(owner, lena):
    weak = make_member(lena.contract, "weak", role=make_role(lena.contract, "users.set_password"))
    who = {"actor": now(weak), "target": now(lena), "origin": ORIGIN}

    def promoted() -> None:
        role = Role.objects.select_related("contract").get(pk=lena.role_id)
        roles.set_permissions(actor=owner, role=role, permissions=frozenset({"users.delete"}), origin=ORIGIN)

    assert not written_although(promoted, lambda: CHANGES["password"](**who), "accounts_user", lena.pk)


ROLE_CHANGES = {
    "name": lambda role, actor: roles.set_name(actor=actor, role=role, name="New", origin=ORIGIN),
    "deletion": lambda role, actor: roles.delete_role(actor=actor, role=role, origin=ORIGIN),
}


@pytest.mark.parametrize("change", ROLE_CHANGES)
def test_nor_a_role(owner, helper, change):
    role, actor = make_role(helper.contract, "logs.show", name="Support"), now(helper)

    def deactivated() -> None:
        users.set_state(actor=owner, target=now(helper), active=False, origin=ORIGIN)

    assert not written_although(deactivated, lambda: ROLE_CHANGES[change](role, actor), "accounts_role", role.pk)
    assert Role.objects.filter(name="Support").exists()


APPLICATION_CHANGES = {
    "name": lambda of, actor: applications.set_name(actor=actor, application=of, name="New", origin=ORIGIN),
    "access": lambda of, actor: applications.set_access(
        actor=actor, application=of, who="roles", roles=[actor.role], origin=ORIGIN
    ),
    "deletion": lambda of, actor: applications.delete_application(actor=actor, application=of, origin=ORIGIN),
}


@pytest.mark.parametrize("change", APPLICATION_CHANGES)
def test_nor_an_application(owner, helper, change):
    values = {"name": "Grafana", "origin": "https://grafana.example.com"}
    of = applications.create_application(actor=owner, contract=helper.contract, values=values, origin=ORIGIN)
    actor, table = now(helper), Application._meta.db_table

    def deactivated() -> None:
        users.set_state(actor=owner, target=now(helper), active=False, origin=ORIGIN)

    assert not written_although(deactivated, lambda: APPLICATION_CHANGES[change](of, actor), table, of.pk)
    assert Application.objects.filter(name="Grafana", who="everybody").exists()
