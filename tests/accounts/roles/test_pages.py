"""Management > Roles through its pages: what each change does, says and writes down."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Contract, Role
from accounts.origin import SERVER
from accounts.permissions import ALL_PERMISSIONS, DISPLAY_PERMISSIONS, PermissionKind
from accounts.roles import matrix, services
from tests.factories import make_member, make_owner, make_role
from tests.people import words

ALL = len(ALL_PERMISSIONS)

ROLES = "/management/roles/"


def address(role: Role, *parts: str) -> str:
    return "/".join([f"{ROLES}{role.pk}", *parts, ""])


@pytest.fixture
def helpers(contract: Contract) -> Role:
    return make_role(contract, "users.show", name="Helpers")


def test_the_list_shows_each_role_with_its_numbers(olivia, contract, helpers):
    make_member(contract, role=helpers)
    page = olivia.get(ROLES)
    assert f'<a href="{address(helpers)}"><bdi class="cut" title="Helpers">Helpers</bdi></a>' in page.content.decode()
    for text in ("Administrator built in Active", f"{ALL} of {ALL}", f"1 of {ALL}", "Created on"):
        assert text in words(page)


def test_the_list_costs_the_same_for_one_role_and_for_fifty(olivia, contract, django_assert_num_queries):
    with CaptureQueriesContext(connection) as one:
        olivia.get(ROLES)
    for number in range(50):
        make_member(contract, f"u{number}", role=make_role(contract, "users.show"))
    with django_assert_num_queries(len(one)):
        olivia.get(ROLES)


def test_a_new_role_may_display_everything_and_nothing_else(olivia, contract, rows):
    log = rows()
    response = olivia.post(f"{ROLES}create/", {"name": "Support", "description": "First line"})
    role = contract.roles.get(name="Support")
    assert response.url == address(role)
    assert set(role.permissions) == DISPLAY_PERMISSIONS
    [row] = log.new()
    assert (row.event, row.actor_label, row.target_label) == ("role_created", "owner", "Support")
    assert row.detail == {"permissions": sorted(DISPLAY_PERMISSIONS)}


def test_a_new_role_may_display_only_what_its_maker_may(somebody, contract):
    sam = somebody("roles.create", "users.show")
    assert sam.post(f"{ROLES}create/", {"name": "Support", "permissions": "logs.show"}).url == "/"
    assert contract.roles.get(name="Support").permissions == ["users.show"]


@pytest.mark.parametrize("name", ["Helpers", "hELPERS", "  Helpers ", "Help\ters", "", " ", "x" * 101, "a\0b"])
@pytest.mark.parametrize("where", ["create", "clone", "name"])
def test_a_bad_or_taken_name_is_a_sentence_at_the_field(olivia, contract, helpers, rows, name, where):
    make_role(contract, name="Help ers")
    other = make_role(contract, name="Other")
    log = rows()
    path = f"{ROLES}create/" if where == "create" else address(other, where)
    response = olivia.post(path, {"name": name, "description": "kept"})
    assert response.status_code == 200
    assert 'aria-invalid="true"' in response.content.decode()
    assert log.new() == []
    assert contract.roles.count() == 4


def test_umlauts_have_no_case_either(olivia, contract):
    make_role(contract, name="Ärzte")
    assert "A role with this name already exists." in words(olivia.post(f"{ROLES}create/", {"name": "ÄRZTE"}))


def test_the_same_name_is_free_in_another_contract(olivia, contract):
    make_role(make_owner("rival", contract="Beta").contracts.get(), name="Support")
    assert olivia.post(f"{ROLES}create/", {"name": "Support"}).status_code == 302


def test_who_loses_the_race_for_a_name_is_told_at_the_field(olivia, helpers, monkeypatch):
    monkeypatch.setattr(services, "check_free", lambda *args, **kwargs: None)
    response = olivia.post(f"{ROLES}create/", {"name": "helpers"})
    assert "A role with this name already exists." in words(response)


def test_a_clone_has_the_same_permissions_and_no_users(olivia, contract, rows):
    administrator = contract.roles.get(built_in=True)
    assert 'value="Administrator (copy)"' in olivia.get(address(administrator, "clone")).content.decode()
    log = rows()
    olivia.post(address(administrator, "clone"), {"name": "Second"})
    clone = contract.roles.get(name="Second")
    assert not clone.built_in
    assert set(clone.permissions) == ALL_PERMISSIONS
    [row] = log.new()
    assert row.event == "role_created"
    assert row.detail["cloned_from"] == "Administrator"


@pytest.mark.parametrize(
    ("part", "data", "detail"),
    [
        ("name", {"name": "Aides"}, {"field": "name", "old": "Helpers", "new": "Aides"}),
        ("name", {"name": "HELPERS"}, {"field": "name", "old": "Helpers", "new": "HELPERS"}),
        ("description", {"description": "First line"}, {"field": "description"}),
        ("state", {"state": "disabled"}, {"field": "state", "old": "active", "new": "disabled"}),
        (
            "permissions",
            {"permissions": ["logs.show", "roles.show"]},
            {"field": "permissions", "added": ["logs.show", "roles.show"], "removed": ["users.show"]},
        ),
        ("permissions", {}, {"field": "permissions", "added": [], "removed": ["users.show"]}),
    ],
)
def test_each_change_is_one_row_and_a_second_time_none(olivia, helpers, rows, part, data, detail):
    assert olivia.get(address(helpers, part)).status_code == 200
    log = rows()
    assert olivia.post(address(helpers, part), data).url == address(helpers)
    [row] = log.new()
    assert (row.event, row.outcome, row.target_label, row.detail) == ("role_changed", "ok", "Helpers", detail)
    assert olivia.post(address(helpers, part), data).status_code == 302
    assert log.new() == []


def test_a_role_is_deleted_after_a_question(olivia, contract, helpers, rows):
    page = words(olivia.get(address(helpers, "delete")))
    assert "Delete the role Helpers?" in page
    assert "Delete Helpers Cancel" in page
    log = rows()
    assert olivia.post(address(helpers, "delete")).url == ROLES
    assert log.events() == [("role_deleted", "ok")]
    assert not contract.roles.filter(pk=helpers.pk).exists()


def test_a_role_in_use_can_not_be_deleted(olivia, contract, helpers, rows):
    make_member(contract, role=helpers)
    log = rows()
    for response in (olivia.get(address(helpers, "delete")), olivia.post(address(helpers, "delete"))):
        assert response.status_code == 200
        assert "can't be deleted: 1 user has it" in words(response)
    assert log.new() == []
    assert contract.roles.filter(pk=helpers.pk).exists()


def test_who_gets_the_role_just_before_it_is_deleted_keeps_it(owner, contract, helpers, monkeypatch):
    make_member(contract, role=helpers)
    monkeypatch.setattr(type(helpers.users), "exists", lambda manager: False)
    with pytest.raises(services.RoleInUse):
        services.delete_role(actor=owner, role=helpers, origin=SERVER)
    assert contract.roles.filter(pk=helpers.pk).exists()


@pytest.mark.parametrize("change", ["set_name", "set_description", "set_state", "set_permissions", "delete_role"])
def test_a_role_that_was_given_more_meanwhile_is_left_alone(owner, contract, helpers, rows, change):
    values = {
        "set_name": {"name": "Aides"},
        "set_description": {"description": "x"},
        "set_state": {"enabled": False},
        "set_permissions": {"permissions": frozenset()},
        "delete_role": {},
    }
    Role.objects.filter(pk=helpers.pk).update(permissions=["users.delete"])
    log = rows()
    with pytest.raises(services.RoleMoved):
        getattr(services, change)(actor=owner, role=helpers, origin=SERVER, **values[change])
    assert log.new() == []
    assert Role.objects.get(pk=helpers.pk).permissions == ["users.delete"]


def test_a_disabled_role_grants_nothing_from_the_next_request_on(olivia, contract, somebody):
    sam = somebody("users.show")
    assert sam.get("/management/users/").status_code == 200
    olivia.post(address(contract.roles.get(name="role of sam"), "state"), {"state": "disabled"})
    assert sam.get("/management/users/").status_code == 403


def ticked(response) -> set[str]:

    return set(re.findall(r'value="([a-z_.]+)" checked', response.content.decode()))


@pytest.mark.parametrize("kind", ["display", "create", "change", "delete"])
def test_quick_selection_ticks_a_kind_and_saves_nothing(olivia, helpers, rows, kind):

    log = rows()
    response = olivia.post(address(helpers, "permissions"), {"permissions": ["users.set_name"], "quick": kind})
    assert response.status_code == 200
    expected = matrix.of_kind(PermissionKind(kind)) | {"users.set_name"}
    assert ticked(response) == expected
    assert f"Summary {len(expected)} of {ALL}" in words(response)
    assert log.new() == []
    assert Role.objects.get(pk=helpers.pk).permissions == ["users.show"]


def test_quick_selection_ticks_only_what_one_may_give(somebody, helpers):
    sam = somebody("roles.modify", "users.show")
    response = sam.post(address(helpers, "permissions"), {"quick": "display"})
    assert ticked(response) == {"users.show"}


def test_rubbish_in_the_permissions_is_a_sentence(olivia, helpers, rows):
    log = rows()
    for value in ("users.fly", "a\0b", "<script>"):
        response = olivia.post(address(helpers, "permissions"), {"permissions": [value]})
        assert response.status_code == 200
        assert "<script>" not in response.content.decode()
        assert response.content.decode().count('class="errors') == 1
    assert olivia.post(address(helpers, "permissions"), {"quick": "everything"}).status_code == 400
    assert log.new() == []


def test_the_permissions_page_can_be_read_without_the_right_to_change_it(somebody, helpers):
    sam = somebody("roles.show")
    page = words(sam.get(address(helpers, "permissions")))
    assert f"Summary 1 of {ALL}" in page
    assert "Assign" not in page
    assert "You can view these permissions but not change them." in page
    assert sam.post(address(helpers, "permissions"), {"permissions": []}).status_code == 403
