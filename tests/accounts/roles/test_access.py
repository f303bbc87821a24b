"""Who is refused at the addresses of roles, and that every refusal is written down."""

import html

import pytest
from django.conf import settings

from accounts.models import Role
from tests.factories import make_member, make_owner, make_role
from tests.people import Person, words

PARTS = {
    "clone": ("roles.clone", {"name": "Clone"}),
    "delete": ("roles.delete", {}),
    "name": ("roles.set_name", {"name": "New"}),
    "description": ("roles.set_description", {"description": "New"}),
    "state": ("roles.modify", {"state": "disabled"}),
    "permissions": ("roles.modify", {"permissions": ["users.show", "roles.show"]}),
    "users": ("roles.manage_users", {"ids": ["1"]}),
}
OF_ROLES = ("show", "create", "delete", "set_name", "set_description", "manage_users", "modify", "clone")
REFUSED = [("access_refused", "refused")]


def address(role: Role, part: str = "") -> str:
    return f"/management/roles/{role.pk}/{part}/" if part else f"/management/roles/{role.pk}/"


def picture() -> list[dict]:
    return list(Role.objects.order_by("pk").values())


@pytest.mark.parametrize("part", ["", *PARTS])
@pytest.mark.parametrize("number", ["0", "007", str(2**63), "9" * 30, "-1", "a", "١"])
def test_no_such_id_is_a_404(olivia, part, number):
    path = f"/management/roles/{number}/{part}/" if part else f"/management/roles/{number}/"
    assert olivia.get(path).status_code == 404


@pytest.mark.parametrize("part", ["", *PARTS])
def test_a_role_of_another_contract_is_a_404_for_everybody(olivia, somebody, part):
    foreign = make_role(make_owner("rival", contract="Beta").contracts.get(), name="Theirs")
    before = picture()
    sam = somebody()
    for person in (olivia, sam):
        assert person.get(address(foreign, part)).status_code == 404
        assert person.post(address(foreign, part), PARTS.get(part, ("", {}))[1]).status_code in (404, 405)
    gone = "There is no such role in this contract. It may have been deleted."
    assert gone in words(olivia.get(address(foreign, part)))
    assert gone not in words(sam.get(address(foreign, part)))
    assert picture()[: len(before)] == before


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("held", OF_ROLES)
def test_each_permission_opens_its_own_form_and_no_other(contract, somebody, rows, part, held):
    role = make_role(contract, name="Target")
    needed, data = PARTS[part]
    sam = somebody(f"roles.{held}")
    before, log = picture(), rows()
    allowed = needed == f"roles.{held}"
    readable = allowed or (held == "show" and part in ("permissions", "users"))
    assert sam.get(address(role, part)).status_code == (200 if readable else 403)
    if part == "permissions":
        data = {"permissions": [needed]}
    if part == "users":
        data = {"ids": [make_member(contract, "ada", role=make_role(contract, name="Empty")).pk]}
        before = picture()
    assert sam.post(address(role, part), data).status_code == (302 if allowed else 403)
    assert (picture() == before) is (not allowed or part == "users")
    refused = 0 if allowed else 1 if readable else 2
    assert [event for event in log.events() if event in REFUSED] == REFUSED * refused


@pytest.mark.parametrize("part", ["delete", "name", "description", "state", "permissions"])
def test_administrator_is_built_in_even_for_the_owner(olivia, contract, rows, part):
    before, log = picture(), rows()
    response = olivia.post(address(contract.roles.get(built_in=True), part), PARTS[part][1])
    assert response.status_code == 403
    assert "built in" in words(response)
    assert picture() == before
    assert log.events() == REFUSED


@pytest.mark.parametrize("part", PARTS)
def test_a_role_with_more_rights_than_ones_own_is_out_of_reach(contract, somebody, rows, part):
    """C45: all permissions but one, at every address, and with what the forms don't even ask for."""
    everything_but_logs = [f"roles.{name}" for name in OF_ROLES] + ["users.show", "users.change_role"]
    sam = somebody(*everything_but_logs)
    stronger = make_role(contract, "logs.show", name="Stronger", enabled=False)
    before, log = picture(), rows()
    extra = {"built_in": "on", "contract": "1", "is_staff": "on", "is_superuser": "on", "required": "no"}
    assert sam.post(address(stronger, part), PARTS[part][1] | extra).status_code == 403
    assert sam.post(address(contract.roles.get(built_in=True), part), PARTS[part][1] | extra).status_code == 403
    assert picture() == before
    assert log.events() == REFUSED * 2


def test_nobody_raises_their_own_role(contract, somebody, rows):
    sam = somebody("roles.modify", "roles.show")
    own = contract.roles.get(name="role of sam")
    log = rows()
    for data in ({"permissions": ["roles.modify", "logs.show"]}, {"permissions": ["logs.show"], "quick": "change"}):
        response = sam.post(address(own, "permissions"), data)
        assert response.status_code == 403
        assert "You can&#x27;t grant permissions that you don&#x27;t have." in response.content.decode()
    assert log.events() == REFUSED  # the same refusal is one row a minute
    assert sam.post(address(own, "permissions"), {"permissions": ["roles.modify"]}).status_code == 302
    assert sam.get("/management/roles/").status_code == 403


def test_who_may_not_create_is_refused(contract, somebody):
    sam = somebody("roles.show")
    assert sam.post("/management/roles/create/", {"name": "Mine"}).status_code == 403
    assert "/management/roles/create/" not in sam.get("/management/roles/").content.decode()
    assert not contract.roles.filter(name="Mine").exists()


def test_nobody_else_gets_in(contract):
    role = make_role(contract, name="Target")
    visitor = Person("nobody")
    for part in ("", *PARTS):
        assert visitor.get(address(role, part)).url.startswith("/login/")


def test_a_field_sent_twice_is_a_sentence(olivia, contract):
    role = make_role(contract, name="Target")
    response = olivia.post(address(role, "name"), {"name": ["One", "Two"]})
    assert response.status_code == 200
    assert "sent twice" in words(response)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "You can't disable your own role."), ("de", "Sie können Ihre eigene Rolle nicht deaktivieren.")],
)
def test_nobody_disables_the_role_they_have(contract, somebody, rows, language, said):
    sam = somebody("roles.modify")
    sam.client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    own, other = contract.roles.get(name="role of sam"), make_role(contract, name="Empty")
    log = rows()
    response = sam.post(address(own, "state"), {"state": "disabled"})
    assert response.status_code == 403
    assert said in html.unescape(words(response))
    assert log.events() == REFUSED
    own.refresh_from_db()
    assert own.enabled
    assert sam.post(address(own, "state"), {"state": "active"}).status_code == 302
    assert sam.post(address(other, "state"), {"state": "disabled"}).status_code == 302


def test_ones_own_role_may_be_narrowed(contract, somebody):
    sam = somebody("roles.modify", "users.show")
    own = contract.roles.get(name="role of sam")
    assert sam.post(address(own, "permissions"), {"permissions": ["roles.modify"]}).status_code == 302
    own.refresh_from_db()
    assert own.permissions == ["roles.modify"]


def test_to_disable_ones_own_role_is_not_offered(contract, somebody):
    sam = somebody("roles.modify", "roles.show")
    own, other = contract.roles.get(name="role of sam"), make_role(contract, name="Empty")
    page = sam.get(address(own, "state"))
    assert 'value="disabled"' not in page.content.decode()
    assert "You can't disable your own role." in html.unescape(words(page))
    assert 'value="disabled"' in sam.get(address(other, "state")).content.decode()
    assert address(own, "state") not in sam.get(address(own)).content.decode()
    assert address(other, "state") in sam.get(address(other)).content.decode()
