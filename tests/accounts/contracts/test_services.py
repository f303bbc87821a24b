"""Owners and contracts are made whole or not at all, and each refusal names every reason."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from accounts.contracts import services
from accounts.models import AuditRow, Contract, Event, Role, User
from accounts.models import contract as contract_model
from accounts.origin import SERVER
from accounts.passwords import services as passwords
from accounts.permissions import ALL_PERMISSIONS
from tests.factories import make_member, make_owner

pytestmark = pytest.mark.django_db
COMMON = "1qaz2wsx3edc4rfv"
GOOD = {
    "username": "olivia",
    "name": "Olivia Owner",
    "contract_name": "Alpha Hosting",
    "email": "olivia@example.com",
    "password": "correct-horse-battery-staple",
    "two_factor_required": True,
    "origin": SERVER,
}


def _reasons(**changed: object) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refusal:
        services.create_owner(**GOOD | changed)
    assert not User.objects.filter(username=GOOD["username"], email=GOOD["email"]).exists()
    return refusal.value.message_dict


def test_an_owner_comes_with_a_contract_and_its_administrator_role() -> None:
    owner = services.create_owner(**GOOD)
    contract = owner.contracts.get()
    role = contract.roles.get()
    assert (owner.username, owner.name, owner.email) == ("olivia", "Olivia Owner", "olivia@example.com")
    assert (owner.contract, owner.role, owner.is_staff, owner.two_factor_required) == (None, None, False, True)
    assert passwords.verify(owner, GOOD["password"])
    assert (contract.name, len(contract.number)) == ("Alpha Hosting", 8)
    assert (role.name, role.built_in, role.granted()) == ("Administrator", True, ALL_PERMISSIONS)


def test_both_are_in_the_log_of_the_contract() -> None:
    owner = services.create_owner(**GOOD)
    rows = list(AuditRow.objects.order_by("pk"))
    assert [row.event for row in rows] == [Event.OWNER_CREATED, Event.CONTRACT_CREATED]
    assert {row.contract_id for row in rows} == {owner.contracts.get().pk}
    assert [row.target_label for row in rows] == ["olivia", "Alpha Hosting"]
    assert {(row.actor_id, row.user_agent) for row in rows} == {(None, "manage.py")}
    assert GOOD["password"] not in str([row.detail for row in rows])


def test_every_reason_is_named_at_once() -> None:
    found = _reasons(username="no blanks", contract_name="  ", email="nowhere", password="short")
    assert set(found) == {"username", "contract_name", "email", "password"}
    assert not Contract.objects.exists()


@pytest.mark.parametrize("taken", ["Olivia", "olivia"])
def test_a_username_is_taken_without_regard_to_case(taken: str) -> None:
    User.objects.create_user(taken, GOOD["password"], name="Somebody else")
    assert _reasons() == {"__all__": ["This username is taken."]}


def test_a_username_taken_at_the_same_moment_is_refused_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    make_owner("olivia")
    monkeypatch.setattr(services, "_check_owner", lambda *checked: None)
    assert _reasons() == {"__all__": ["This username is taken."]}
    assert Contract.objects.count() == 1


@pytest.mark.parametrize("password", ["short", "x" * 1025, "olivia@example.com", "Olivia-Owner-1", COMMON])
def test_passwords_pass_the_same_rules_as_everywhere(password: str) -> None:
    assert set(_reasons(password=password)) == {"password"}


def test_one_more_contract() -> None:
    owner = make_owner()
    contract = services.create_contract(owner=owner, name=" Beta ", origin=SERVER)
    assert (contract.name, contract.owner) == ("Beta", owner)
    assert Role.objects.filter(contract=contract, built_in=True, name="Administrator").count() == 1
    row = AuditRow.objects.get(event=Event.CONTRACT_CREATED)
    assert (row.contract_id, row.target_label) == (contract.pk, "Beta")
    assert row.detail == {"number": contract.number, "owner": "owner"}


def test_a_sub_user_cannot_hold_a_contract() -> None:
    member = make_member(make_owner().contracts.get())
    with pytest.raises(ValidationError) as refusal:
        services.create_contract(owner=member, name="x" * 101, origin=SERVER)
    assert set(refusal.value.message_dict) == {"owner", "name"}
    assert Contract.objects.count() == 1


def test_a_number_that_is_taken_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = make_owner()
    taken = owner.contracts.get().number
    numbers = iter([taken, taken, "12345678"])
    monkeypatch.setattr(services, "new_number", lambda: next(numbers))
    assert services.create_contract(owner=owner, name="Beta", origin=SERVER).number == "12345678"
    assert contract_model.new_number().isdigit()


def test_a_contract_has_one_built_in_role() -> None:
    contract = services.create_owner(**GOOD).contracts.get()
    with pytest.raises(IntegrityError):
        Role.objects.create(contract=contract, name="Second", built_in=True)
