"""Management > Roles as a list: found, filtered, sorted, in pages, and by parts for htmx."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from tests.factories import make_member, make_role
from tests.lists import names, names_for_htmx
from tests.people import words

ROLES = "/management/roles/"


@pytest.fixture
def several(contract) -> dict[str, Role]:
    """Beside Administrator, which one user has."""
    make_member(contract, "ada")
    found = {
        "Änderer": make_role(contract, "users.show", "users.set_name", name="Änderer"),
        "Bare": make_role(contract, name="Bare", description="Nothing at all"),
        "Off": make_role(contract, "users.show", name="Off", enabled=False),
    }
    make_member(contract, "ben", role=found["Bare"])
    make_member(contract, "bob", role=found["Bare"])
    return found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Administrator", "Änderer", "Bare", "Off"]),
        ("?sort=-name", ["Off", "Bare", "Änderer", "Administrator"]),
        ("?sort=-users", ["Bare", "Administrator", "Änderer", "Off"]),
        ("?sort=permissions", ["Bare", "Off", "Änderer", "Administrator"]),
        ("?sort=-state", ["Off", "Administrator", "Änderer", "Bare"]),
        ("?sort=-created", ["Off", "Bare", "Änderer", "Administrator"]),
        ("?q=ander", ["Änderer"]),
        ("?q=nothing", ["Bare"]),
        ("?state=disabled", ["Off"]),
        ("?users=none", ["Änderer", "Off"]),
        ("?users=none&state=active", ["Änderer"]),
    ],
)
def test_roles_are_found_filtered_and_sorted(olivia, several, query, found):
    assert names(olivia, ROLES + query) == found


def test_what_is_shown_is_counted_and_each_filter_is_a_chip(olivia, several):
    text = words(olivia.get(f"{ROLES}?state=active&q=ba"))
    assert "“ba” Remove this filter State: Active Remove this filter Clear all" in text
    assert "1 of 1 matching, 4 in all" in text
    assert "1–4 of 4" in words(olivia.get(ROLES))


def test_none_that_matches_leads_back_to_all(olivia, several):
    assert "No roles match this search. Show all roles" in words(olivia.get(f"{ROLES}?q=nobody"))


def test_pages_follow_each_other_and_lead_back(olivia, contract):
    for number in range(60):
        make_role(contract, name=f"Role {number:02}")
    first = olivia.get(ROLES)
    second = olivia.get(ROLES + first.context["listing"].page.next_url)
    assert "26–50 of 61" in words(second)
    third = olivia.get(ROLES + second.context["listing"].page.next_url)
    assert len(third.context["lines"]) == 11
    assert 'rel="next"' not in third.content.decode()
    assert olivia.get(ROLES + second.context["listing"].page.previous_url).context["lines"] == first.context["lines"]
    Role.objects.filter(contract=contract, built_in=False).delete()
    assert "1 of 1" in words(olivia.get(ROLES + second.context["listing"].page.next_url))


@pytest.mark.parametrize(
    "query", ["?sort=id", "?sort=--name", "?state=x", "?users=%00", "?cursor=x", "?cursor=0", "?q=a&q=b"]
)
def test_hostile_questions_are_refused(olivia, several, query):
    assert olivia.get(ROLES + query).status_code == 400


def test_htmx_gets_the_list_alone(olivia, several):
    assert names_for_htmx(olivia, f"{ROLES}?q=bare") == ["Bare"]


def test_the_menu_of_a_row_has_what_this_viewer_may_do(olivia, somebody, several):
    sam = somebody("roles.show", "roles.clone", "users.show", "users.set_name")
    menus = {line.role.name: [item.text for item in line.menu] for line in sam.get(ROLES).context["lines"]}
    assert menus["Administrator"] == []
    assert menus["Bare"] == menus["Off"] == ["Clone"]
    all_of_it = {line.role.name: [item.text for item in line.menu] for line in olivia.get(ROLES).context["lines"]}
    assert all_of_it["Bare"] == ["Change permissions", "Add users", "Clone", "Change state", "Delete"]
    assert all_of_it["Administrator"] == ["Add users", "Clone"]


def test_two_and_two_hundred_roles_cost_the_same_number_of_queries(olivia, contract, several):
    with CaptureQueriesContext(connection) as few:
        olivia.get(ROLES)
    for number in range(200):
        make_role(contract, name=f"Role {number}")
    with CaptureQueriesContext(connection) as many:
        assert len(olivia.get(ROLES).context["lines"]) == 25
    assert len(many) == len(few)
