"""Light or dark: a choice of the browser, drawn by the server on every page, logged in or not."""

import re

import pytest
from django.test import Client

from tests.factories import make_owner
from tests.people import Person

pytestmark = pytest.mark.django_db
SCHEME = {"light": "light", "dark": "dark", "system": "light dark"}


@pytest.fixture
def olivia() -> Person:
    person = Person(make_owner())
    person.log_in()
    return person


def shown(response) -> tuple[str, str]:
    """What the page says to the style sheet and to the browser."""
    page = response.content.decode()
    theme = re.search(r'<html lang="\w+" data-theme="([^"]*)">', page)
    scheme = re.search(r'<meta name="color-scheme" content="([^"]*)">', page)
    assert theme
    assert scheme
    return theme[1], scheme[1]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chosen_theme_is_on_every_page_from_the_first_byte_on(theme):
    browser = Client()
    assert shown(browser.get("/login/")) == ("system", "light dark")
    answer = browser.post("/theme/?next=/login/", {"theme": theme})
    assert (answer.status_code, answer.url) == (302, "/login/")
    for address in ("/login/", "/password/forgot/", "/no/such/page/"):
        assert shown(browser.get(address)) == (theme, theme)


def test_the_choice_outlives_login_and_logout(olivia):
    olivia.post("/theme/", {"theme": "dark"})
    assert shown(olivia.get("/")) == ("dark", "dark")
    olivia.post("/logout/")
    page = olivia.get("/login/")
    assert shown(page) == ("dark", "dark")
    assert "You have logged out." in page.content.decode()


def test_system_takes_the_choice_away():
    browser = Client()
    browser.post("/theme/", {"theme": "dark"})
    assert browser.post("/theme/", {"theme": "system"}).cookies["theme"].value == ""
    assert shown(browser.get("/login/")) == ("system", "light dark")


def test_the_cookie_is_the_panels_own():
    cookie = Client().post("/theme/", {"theme": "dark"}).cookies["theme"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert int(cookie["max-age"]) == 365 * 24 * 3600


@pytest.mark.parametrize("value", ["", "DARK", "dark ", "system", "x" * 5000, 'dark" onload="x', "d\u00e4rk"])
def test_a_cookie_that_names_no_theme_is_no_choice(value):
    browser = Client()
    browser.cookies["theme"] = value
    page = browser.get("/login/")
    assert page.status_code == 200
    assert shown(page) == ("system", "light dark")


@pytest.mark.parametrize("sent", [{}, {"theme": "blue"}, {"theme": "\0"}, {"theme": ["light", "neon"]}])
def test_an_unknown_theme_changes_nothing(sent):
    answer = Client().post("/theme/?next=/password/forgot/", sent)
    assert (answer.status_code, answer.url) == (302, "/password/forgot/")
    assert "theme" not in answer.cookies


@pytest.mark.parametrize(
    "foreign", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "/no/such/", ""]
)
def test_the_way_back_leads_to_no_other_site(foreign):
    assert Client().post("/theme/", {"theme": "dark"}, QUERY_STRING=f"next={foreign}").url == "/"


def test_it_is_changed_by_a_form_with_a_token_only():
    assert Client().get("/theme/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/theme/", {"theme": "dark"}).status_code == 403


def test_each_page_offers_the_three_and_marks_the_current_one(olivia):
    olivia.post("/theme/", {"theme": "light"})
    for page in (olivia.get("/profile/"), Client(HTTP_COOKIE="theme=light").get("/login/")):
        buttons = re.findall(r'<button name="theme" value="(\w+)"( aria-current="true")?>', page.content.decode())
        assert buttons == [("light", ' aria-current="true"'), ("dark", ""), ("system", "")]
