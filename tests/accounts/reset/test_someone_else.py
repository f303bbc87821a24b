"""F16: a mailed link opened in a browser in which somebody else is logged in."""

import re

import pytest
from bs4 import BeautifulSoup

from accounts.models import User
from accounts.reset import links
from tests.factories import make_member
from tests.people import Person, words

NEW = "seven brave otters juggle"
pytestmark = pytest.mark.usefixtures("commits")


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract, email="lena@example.org", two_factor_required=False)


def path_of(link: str) -> str:
    return re.sub(r"^https?://[^/]+", "", link)


@pytest.fixture(params=["reset_link", "invitation_link"])
def path(request, lena) -> str:
    return path_of(getattr(links, request.param)(lena))


@pytest.fixture
def email_path(lena) -> str:
    lena.pending_email = "new@example.org"
    lena.save()
    return path_of(links.email_link(lena))


def log_out_there(person: Person, page) -> object:
    form = BeautifulSoup(page.content, "html.parser").select_one("main .notice form[action='/logout/']")
    return person.post("/logout/", {field["name"]: field["value"] for field in form.select("input")})


def test_f16_the_page_names_both_and_offers_to_log_out_first(olivia, path):
    page = olivia.get(path)
    assert "This link is for the account lena , but owner is logged in in this browser." in words(page)
    led = log_out_there(olivia, page)
    assert led.url == path
    again = olivia.get(path)
    assert re.search("For the account lena|Your username is lena", words(again))
    assert "is logged in in this browser" not in words(again)


def test_f16_the_message_does_not_land_in_the_panel_of_the_other(olivia, lena, path):
    page = olivia.post(path, {"new_password1": NEW, "new_password2": NEW})
    assert page.status_code == 200
    assert "Your new password is set" in words(page)
    assert "In this browser owner is still logged in" in words(page)
    assert page["Referrer-Policy"] == "no-referrer, strict-origin"
    assert "new password" not in words(olivia.get("/"))
    assert Person(lena, password=NEW).log_in().url == "/"


def test_f16_nor_that_of_a_confirmed_address(olivia, lena, email_path):
    page = olivia.get(email_path)
    assert "This link is for the account lena" in words(page)
    assert "In this browser owner is still logged in" in words(olivia.post(email_path))
    assert "confirmed" not in words(olivia.get("/"))
    lena.refresh_from_db()
    assert lena.email == "new@example.org"


def test_f16_whose_own_link_it_is_goes_to_the_login_as_before(lena, path):
    person = Person(lena)
    person.log_in()
    path = path_of(links.reset_link(User.objects.get(pk=lena.pk)))
    assert "is logged in in this browser" not in words(person.get(path))
    assert person.post(path, {"new_password1": NEW, "new_password2": NEW}).url == "/login/"
    assert "Your new password is set" in words(person.get("/login/"))


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/nowhere/", "", "/\\evil.example"])
def test_f16_a_log_out_leads_only_into_the_panel(olivia, address):
    assert olivia.post("/logout/", {"next": address}).url == "/login/"
