"""The page with the three words asks again while it waits, and gets what has changed."""

import pytest

from accounts.models import User
from tests.twofactor.help.conftest import HELP, answer, ask, words_on
from twofactor.help.models import HelpRequest

pytestmark = pytest.mark.django_db


def asks_again(browser, shown="wait"):
    return browser.get(f"{HELP}?shown={shown}", headers={"HX-Request": "true", "HX-Target": "help"})


def test_where_nothing_has_changed_nothing_is_sent(browser):
    ask(browser)
    again = asks_again(browser)
    assert (again.status_code, again.content) == (204, b"")


def test_once_the_owner_has_refused_the_browser_is_led_to_the_login(browser, olivia):
    answer(olivia, ask(browser), "refuse")
    assert asks_again(browser).url == "/login/?ended=refused"


def test_a_page_that_shows_something_else_gets_the_part_alone(browser):
    ask(browser)
    part = asks_again(browser, "ask").content.decode().lstrip()
    assert part.startswith('<div id="help"')
    assert 'class="spoken"' in part


def test_who_was_deactivated_meanwhile_asks_nobody(browser, lena):
    browser.get(HELP)
    User.objects.filter(pk=lena.pk).update(is_active=False)
    assert browser.post(HELP).url.startswith("/login/")
    assert not HelpRequest.objects.exists()


def test_an_approval_of_a_request_that_has_ended_changes_nothing(browser, olivia, lena):
    asked = ask(browser)
    heard = words_on(browser)
    HelpRequest.objects.filter(pk=asked.pk).update(stamp=asked.stamp + 1)
    answer(olivia, asked, "approve", heard)
    lena.refresh_from_db()
    assert lena.two_factor_active
