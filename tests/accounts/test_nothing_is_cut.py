"""F26: what is too long is a field error; neither the browser nor the server cuts it without a word."""

import pytest
from bs4 import BeautifulSoup
from django.test import RequestFactory

from accounts import origin
from accounts.models import Role
from accounts.sessions import browsers
from tests.factories import make_admin, make_member, make_role
from tests.people import Person, words

LONG = "ä" * 510


@pytest.fixture
def lena(contract):
    return make_member(contract)


def test_f26_510_characters_into_a_description_are_a_field_error(olivia, lena):
    path = f"/management/users/{lena.pk}/description/"
    page = olivia.post(path, {"description": LONG})
    assert "Use at most 500 characters." in words(page)
    assert LONG in page.content.decode()
    lena.refresh_from_db()
    assert lena.description == ""


@pytest.mark.parametrize(
    ("path", "field", "length"),
    [
        ("/management/users/create/", "name", 151),
        ("/management/users/create/", "username", 151),
        ("/management/roles/create/", "name", 501),
        ("/management/roles/create/", "description", 3000),
        ("/profile/name/", "name", 151),
        ("/profile/email/", "email", 300),
        ("/login/", "username", 151),
        ("/password/forgot/", "username_or_email", 300),
    ],
)
def test_f26_each_field_says_what_is_too_long_and_keeps_it(olivia, path, field, length):
    person = Person("nobody") if path.startswith(("/login", "/password")) else olivia
    text = "a" * length if field != "email" else "a" * length + "@example.org"
    page = BeautifulSoup(person.post(path, {field: text}).content, "html.parser")
    shown = page.select_one(f"main [name={field}]")
    assert shown["aria-invalid"] == "true"
    assert (shown.get("value") or shown.text).strip() == text


def test_f26_no_page_lets_the_browser_cut(olivia, contract, lena):
    role = make_role(contract)
    paths = ["/management/users/create/", "/management/roles/create/", "/profile/name/", "/profile/email/", "/login/"]
    paths += [f"/management/users/{lena.pk}/{part}/" for part in ("name", "description", "email", "password")]
    paths += [f"/management/roles/{role.pk}/{part}/" for part in ("name", "description", "clone", "users")]
    for path in [*paths, "/management/users/", "/management/logs/", "/profile/password/", "/password/forgot/"]:
        page = olivia.get(path, follow=True)
        assert page.status_code == 200, path
        assert "<input" in page.content.decode(), path
        assert "maxlength" not in page.content.decode(), path


def test_f26_nor_do_the_pages_of_django_admin(lena):
    rita = Person(make_admin()).enrol()
    for path in (
        f"/admin/accounts/user/{lena.pk}/change/",
        "/admin/accounts/user/add/",
        "/admin/accounts/contract/add/",
    ):
        page = rita.get(path)
        assert page.status_code == 200
        assert "maxlength" not in page.content.decode(), path


def test_f26_the_name_of_a_clone_is_offered_whole(olivia, contract):
    role = make_role(contract, name="x" * Role._meta.get_field("name").max_length)
    page = BeautifulSoup(olivia.get(f"/management/roles/{role.pk}/clone/").content, "html.parser")
    assert page.select_one("[name=name]")["value"] == f"{role.name} (copy)"


@pytest.mark.parametrize("section", ["users", "roles", "applications", "logs"])
def test_f26_a_search_that_is_too_long_is_said_so_and_leads_back_to_the_list(olivia, section):
    page = olivia.get(f"/management/{section}/?q={'x' * 201}")
    assert page.status_code == 400
    assert "“q” is too long. Use at most 200 characters." in words(page)
    button = BeautifulSoup(page.content, "html.parser").find("a", string="Back to the list")
    assert button["href"] == f"/management/{section}/"


def test_f26_a_page_without_a_list_leads_back_to_none(olivia):
    page = olivia.get(f"/guard/open/?state={'x' * 10000}")
    assert page.status_code == 400
    assert "Back to the list" not in words(page)


def test_f26_a_browsers_name_shows_where_it_was_cut():
    agent = origin.Origin.from_request(RequestFactory().get("/", HTTP_USER_AGENT="x" * 5000)).agent
    assert (len(agent), agent[-1]) == (300, "…")
    assert browsers.in_words("y" * 50) == "y" * 39 + "…"
    assert browsers.in_words("y" * 40) == "y" * 40
