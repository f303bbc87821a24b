"""F27: a password manager learns whose password it is, from a field that people neither see, hear nor reach."""

import pytest
from bs4 import BeautifulSoup

from accounts.reset import links
from tests.factories import make_admin, make_member
from tests.people import Person


def username_beside(page, password: str) -> str:
    """What stands in the username field before this password field, in the same form."""
    soup = BeautifulSoup(page.content, "html.parser")
    form = soup.select_one(f"form:has([name={password}])")
    fields = form.select("input:not([type=hidden])")
    at = next(place for place, field in enumerate(fields) if field.get("name") == password)
    found = [field for field in fields[:at] if "username" in field.get("autocomplete", "").split()]
    assert len(found) == 1
    hidden = "name" not in found[0].attrs
    assert not hidden or (found[0]["tabindex"], found[0]["aria-hidden"], found[0]["type"]) == ("-1", "true", "text")
    assert not hidden or found[0].has_attr("readonly")
    return found[0].get("value", "")


@pytest.fixture
def lena(contract):
    return make_member(contract, email="lena@example.org", two_factor_required=False)


def test_f27_in_ones_own_forms(olivia):
    assert username_beside(olivia.get("/profile/password/"), "new_password1") == "owner"
    assert username_beside(olivia.get("/profile/password/"), "current_password") == "owner"
    assert username_beside(olivia.get("/confirm/"), "password") == "owner"
    again = olivia.post("/profile/password/", {"suggest": "yes"})
    assert username_beside(again, "new_password1") == "owner"


def test_f27_in_the_owners_form_it_is_that_of_the_user(olivia, lena):
    assert username_beside(olivia.get(f"/management/users/{lena.pk}/password/"), "password1") == "lena"


def test_f27_behind_a_link(client, lena):
    path = links.reset_link(lena).partition("8000")[2]
    assert username_beside(client.get(path), "new_password1") == "lena"


def test_f27_at_a_forced_new_password(lena):
    lena.must_change_password = True
    lena.save()
    person = Person(lena)
    assert person.start_login().url == "/password/new/"
    assert username_beside(person.get("/password/new/"), "new_password1") == "lena"


def test_f27_forms_that_ask_for_the_username_need_no_other(client, olivia):
    assert username_beside(client.get("/login/"), "password") == ""
    assert username_beside(olivia.get("/management/users/create/"), "password1") == ""


def test_f27_in_django_admin(lena):
    rita = Person(make_admin()).enrol()
    assert username_beside(rita.get(f"/admin/accounts/user/{lena.pk}/change/"), "new_password1") == "lena"
    assert username_beside(rita.get("/admin/accounts/user/add/"), "new_password1") == ""
