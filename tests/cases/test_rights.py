"""CASES: removing somebody else's factor, raising one's own rights."""

import pytest

from accounts.models import AuditRow, User
from accounts.permissions import DISPLAY_PERMISSIONS
from tests.factories import PASSWORD, make_member, make_owner, make_role
from tests.people import Person, code_of
from twofactor.models import Authenticator


def logged_in(user: User) -> Person:
    person = Person(user)
    person.log_in()
    return person


@pytest.fixture
def colleague(contract) -> Person:
    """A, with the Administrator role."""
    return logged_in(make_member(contract, "anna", two_factor_required=False))


@pytest.fixture
def reader(contract) -> Person:
    role = make_role(contract, *DISPLAY_PERMISSIONS)
    return logged_in(make_member(contract, "rudi", role=role, two_factor_required=False))


@pytest.fixture
def stranger(db) -> Person:
    return logged_in(make_owner("stranger", contract="Beta Hosting"))


@pytest.mark.parametrize(("who", "status"), [("colleague", 403), ("reader", 403), ("stranger", 404)])
def test_c05_nobody_but_the_owner_removes_a_factor(who, status, request, active):
    person, ute = request.getfixturevalue(who), User.objects.get(username="ute")
    refusals = AuditRow.objects.filter(event="access_refused", actor_label=person.username)
    for name, data in (("two-factor-reset", {}), ("two-factor-required", {"required": "no"})):
        address = f"/management/users/{ute.pk}/{name}/"
        assert person.get(address).status_code == status
        assert person.post(address, data).status_code == status
    bulk = {"action": "require", "ids": [ute.pk], "confirm": "yes"}
    assert person.post("/management/users/bulk/", bulk).status_code in (302, 403, 404)
    assert refusals.exists() == (status == 403)
    ute.refresh_from_db()
    assert (ute.two_factor_required, ute.two_factor_active, ute.stamp) == (True, True, 1)
    assert Authenticator.objects.filter(user=ute).count() == 1
    again = active.another_browser()
    assert again.start_login().url == "/login/code/"
    assert again.post("/login/code/", {"code": code_of(active.key)}).url == "/"


HIDDEN = {
    "is_staff": "on",
    "is_superuser": "on",
    "two_factor_required": "no",
    "required": "no",
    "two_factor_active_since": "2026-01-01",
    "stamp": "99",
}


def rights(username: str) -> tuple:
    user = User.objects.get(username=username)
    kept = (user.is_staff, user.is_superuser, user.two_factor_required, user.two_factor_active_since)
    return (*kept, user.contract_id, user.role_id)


def test_c45_fields_that_a_form_does_not_ask_for_raise_nobody(colleague, stranger, contract):
    foreign = User.objects.get(username="stranger").contracts.get()
    before, hidden = rights("anna"), HIDDEN | {"contract": foreign.pk}
    own = f"/management/users/{User.objects.get(username='anna').pk}/"
    for name in ("name", "description", "email", "role", "state"):
        data = {"name": "Anna", "description": "x", "role": contract.roles.get().pk, "state": "active"}
        assert colleague.post(f"{own}{name}/", data | hidden).status_code in (200, 302, 403)
    for name in ("name", "email", "language"):
        assert colleague.post(f"/profile/{name}/", {"name": "Anna", "language": "en"} | hidden).status_code in (
            200,
            302,
        )
    assert rights("anna") == before
    account = {"name": "Eve", "username": "eve", "password1": PASSWORD, "password2": PASSWORD}
    role = contract.roles.get(built_in=True)
    colleague.post("/management/users/create/", account | {"role": role.pk} | hidden)
    assert rights("eve") == (False, False, True, None, contract.pk, role.pk)
