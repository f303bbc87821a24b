"""A form in Django admin that was opened before somebody else's change takes none of that change back."""

import pytest
from bs4 import BeautifulSoup

from accounts.admin import services as admin_services
from accounts.models import Contract, Role, User
from accounts.origin import SERVER
from accounts.roles import services as role_services
from accounts.users import services
from tests.cloudpanel.test_admin import CONTRACTS, ROLES, address, form_of, rows
from tests.factories import make_admin, make_owner, make_role
from tests.people import Person, words
from twofactor.requirement import services as requirement

REFUSED = "Nothing was saved: somebody else changed it in the meantime."

pytestmark = pytest.mark.django_db


def fresh(user: User) -> User:
    return User.objects.select_related("contract", "role").get(pk=user.pk)


def form_of_role(page) -> dict[str, list[str]]:
    form = BeautifulSoup(page.content, "html.parser").select_one("#content form[method=post]")
    ticked = [tag["value"] for tag in form.select("input[name=permissions]") if tag.has_attr("checked")]
    return form_of(page) | {"permissions": ticked}


def send(rita: Person, page: str, fields: dict) -> str:
    return words(rita.client.post(page, fields, follow=True))


def test_a_deactivated_user_stays_deactivated(rita, lena, owner):
    old = form_of(rita.get(address(lena)))
    services.set_state(actor=owner, target=fresh(lena), active=False, origin=SERVER)
    assert "changed successfully" in send(rita, address(lena), old | {"description": "a note"})
    assert (fresh(lena).is_active, fresh(lena).description) == (False, "a note")


def test_a_revoked_admin_stays_revoked(rita):
    boss, second = make_owner("boss", contract="Gamma", two_factor_required=True), make_admin("second")
    admin_services.set_admin(actor=second, target=fresh(boss), admin=True, origin=SERVER)
    old = form_of(rita.get(address(boss)))
    admin_services.set_admin(actor=second, target=fresh(boss), admin=False, origin=SERVER)
    send(rita, address(boss), old | {"description": "a note"})
    assert not fresh(boss).is_staff


def test_an_owner_keeps_the_requirement_and_the_authenticator(rita):
    boss = make_owner("boss", contract="Gamma")
    old = form_of(rita.get(address(boss)))
    requirement.set_required(actor=None, target=fresh(boss), required=True, origin=SERVER)
    Person(fresh(boss)).enrol()
    send(rita, address(boss), old | {"description": "a note"})
    assert (fresh(boss).two_factor_required, fresh(boss).two_factor_active) == (True, True)


def test_a_user_keeps_the_new_role(rita, lena, owner, contract):
    reader = make_role(contract, "users.show", name="Reader")
    old = form_of(rita.get(address(lena)))
    services.set_role(actor=owner, target=fresh(lena), role=reader, origin=SERVER)
    send(rita, address(lena), old | {"description": "a note"})
    assert fresh(lena).role == reader


@pytest.mark.parametrize("shown", [["users.show", "users.delete"], []])
def test_a_role_keeps_its_permissions(rita, owner, contract, shown):
    role = make_role(contract, *shown, name="Reader")
    page = f"{ROLES}{role.pk}/change/"
    old = form_of_role(rita.get(page))
    role_services.set_permissions(actor=owner, role=role, permissions=frozenset({"users.show"}), origin=SERVER)
    assert "changed successfully" in send(rita, page, old | {"description": "a note"})
    role = Role.objects.get(pk=role.pk)
    assert (role.permissions, role.description) == (["users.show"], "a note")


def test_what_both_have_changed_is_refused_with_everything_else(rita, lena, owner):
    old = form_of(rita.get(address(lena)))
    services.set_name(actor=owner, target=fresh(lena), name="Lena Neu", origin=SERVER)
    assert REFUSED in send(rita, address(lena), old | {"name": "Lena Lang", "description": "a note"})
    assert (fresh(lena).name, fresh(lena).description) == ("Lena Neu", "")


def test_permissions_that_both_have_changed_are_refused(rita, owner, contract):
    role = make_role(contract, name="Reader")
    page = f"{ROLES}{role.pk}/change/"
    old = form_of_role(rita.get(page))
    role_services.set_permissions(actor=owner, role=role, permissions=frozenset({"users.show"}), origin=SERVER)
    assert REFUSED in send(rita, page, old | {"permissions": ["logs.show"]})
    assert Role.objects.get(pk=role.pk).permissions == ["users.show"]


def test_a_contract_that_both_have_renamed_is_refused(rita, contract):
    page = f"{CONTRACTS}{contract.pk}/change/"
    old = form_of(rita.get(page))
    admin_services.rename_contract(actor=make_admin("second"), contract=contract, name="Beta", origin=SERVER)
    assert REFUSED in send(rita, page, old | {"name": "Gamma"})
    assert Contract.objects.get(pk=contract.pk).name == "Beta"


def test_a_second_click_on_save_is_no_refusal(rita, lena):
    fields = form_of(rita.get(address(lena))) | {"name": "Lena Lang", "description": "one\r\ntwo"}
    for _ in range(2):
        assert "changed successfully" in send(rita, address(lena), fields)
    assert rows("user_name").count() == rows("user_description").count() == 1


def test_a_description_of_several_lines_can_be_changed(rita, lena):
    User.objects.filter(pk=lena.pk).update(description="one\ntwo")
    fields = {name: value.replace("\n", "\r\n") for name, value in form_of(rita.get(address(lena))).items()}
    assert "changed successfully" in send(rita, address(lena), fields | {"description": "three"})
    assert fresh(lena).description == "three"


def test_without_the_hidden_fields_a_form_is_compared_with_what_is_stored(rita, lena):
    fields = form_of(rita.get(address(lena)))
    sent = {name: value for name, value in fields.items() if not name.startswith("initial-")}
    assert sent != fields
    assert "changed successfully" in send(rita, address(lena), sent | {"name": "Lena Lang"})
    assert fresh(lena).name == "Lena Lang"
    assert [row.event for row in rows("user_name")] == ["user_name"]
    assert not rows("user_state").exists()


def test_no_password_is_in_a_hidden_field(rita, lena):
    hidden = {name for name in form_of(rita.get(address(lena))) if name.startswith("initial-")}
    assert hidden == {"initial-name", "initial-description", "initial-is_active", "initial-role"}
