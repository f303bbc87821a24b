"""The owner changes a plan while its person is between two pages: no login is lost, and nobody gets past the setup."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from accounts.models import User
from accounts.origin import SERVER
from tests.people import Person, code_of
from tests.twofactor.requirement.test_plan import LATER, MOMENT, SETUP, lena, planned  # noqa: F401
from twofactor.requirement import services

pytestmark = pytest.mark.django_db
NEW = "seven brave otters"


def decide(lena, **what):  # noqa: F811
    assert services.set_required(actor=None, target=User.objects.get(pk=lena.pk), origin=SERVER, **what)


CHANGES = {
    "moved": lambda lena, clock: decide(lena, required=True, required_from=MOMENT + timedelta(days=30)),  # noqa: F811
    "withdrawn": lambda lena, clock: decide(lena, required=False),  # noqa: F811
    "at once": lambda lena, clock: decide(lena, required=True),  # noqa: F811
    "come": lambda lena, clock: clock.move_to(MOMENT),  # noqa: F811
}
IS_REQUIRED = ("at once", "come")


@pytest.fixture(params=CHANGES)
def change(request, lena, clock):  # noqa: F811
    """One minute before the moment."""
    planned(lena)
    clock.move_to(MOMENT - timedelta(minutes=1))

    def now() -> bool:
        """Whether 2FA is required from now on."""
        CHANGES[request.param](lena, clock)
        return request.param in IS_REQUIRED

    return now


def sets_up(browser: Person) -> None:
    """To the end, with what the setup page shows now."""
    browser.key = browser.read_key()
    assert browser.post(SETUP, {"code": code_of(browser.key)}).url == "/two-factor/activated/"
    browser.post("/two-factor/activated/")
    assert browser.is_in()
    assert User.objects.get(username="lena").two_factor_active


def logged_in(lena) -> Person:  # noqa: F811
    browser = Person(lena)
    assert browser.start_login().url == LATER
    assert browser.post(LATER).url == "/"
    return browser


@pytest.mark.parametrize("action", ["later", "set_up"])
def test_at_the_page_that_offers_the_setup(lena, change, action):  # noqa: F811
    browser = Person(lena)
    assert browser.start_login(next="/profile/").url == LATER
    browser.get(LATER)
    required = change()
    answer = browser.post(LATER, {"action": action})
    assert answer.url == (SETUP if required or action == "set_up" else "/profile/")
    assert (browser.get("/profile/").status_code == 200) is not required
    if answer.url == SETUP:
        sets_up(browser)


def test_at_the_page_for_a_new_password(lena, change):  # noqa: F811
    User.objects.filter(pk=lena.pk).update(must_change_password=True)
    browser = Person(lena)
    assert browser.start_login().url == "/password/new/"
    required = change()
    answer = browser.post("/password/new/", {"new_password1": NEW, "new_password2": NEW})
    planned_still = User.objects.get(pk=lena.pk).two_factor_planned
    assert answer.url == (SETUP if required else LATER if planned_still else "/")
    if required:
        sets_up(browser)


def test_at_the_setup_by_choice(lena, change):  # noqa: F811
    browser = logged_in(lena)
    browser.key = browser.read_key()
    required = change()
    assert (browser.get("/profile/").status_code == 200) is not required
    assert browser.post(SETUP, {"code": code_of(browser.key)}).url == "/two-factor/activated/"
    browser.post("/two-factor/activated/")
    assert browser.is_in()


def test_at_the_page_that_asks_for_the_password_again(lena, change):  # noqa: F811
    browser = logged_in(lena)
    session = browser.client.session
    session["confirmed_at"] = 0
    session.save()
    asked = browser.get("/profile/email/").url
    assert urlsplit(asked).path == "/confirm/"
    browser.get(asked)
    required = change()
    answer = browser.post("/confirm/", {"password": browser.password, "next": "/profile/email/"})
    assert answer.url == "/profile/email/"
    there = browser.get(answer.url)
    assert (there.status_code == 200) is not required
    if required:
        assert there.url == SETUP
        sets_up(browser)


def test_at_the_page_for_the_code_of_somebody_who_is_ready(lena, change):  # noqa: F811
    at_work = logged_in(lena)
    at_work.enrol_logged_in()
    browser = at_work.another_browser()
    assert browser.start_login().url == "/login/code/"
    change()
    assert browser.post("/login/code/", {"code": code_of(browser.key, 1)}).url == "/"
    assert browser.is_in()
    assert at_work.is_in(), "a plan ends no session"
