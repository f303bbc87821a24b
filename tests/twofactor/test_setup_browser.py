"""The browser that an account waits for after approved help, and the secret that names it."""

import hashlib

import pytest
from django.http import HttpRequest, HttpResponse

from tests.factories import make_member
from twofactor import setup_browser

pytestmark = pytest.mark.django_db
SECRET = "the secret of this browser"


@pytest.fixture
def lena(contract):
    return make_member(contract)


def browser_of(*kept) -> HttpRequest:
    """The next request of a browser that keeps these secrets: (user, secret)."""
    request = HttpRequest()
    for user, secret in kept:
        response = HttpResponse()
        setup_browser.remember(request, response, user, secret)
        request.COOKIES.update({name: cookie.value for name, cookie in response.cookies.items()})
    return request


def test_a_secret_is_stored_as_its_sha_256():
    assert setup_browser.digest(SECRET) == hashlib.sha256(SECRET.encode()).hexdigest()


def test_a_browser_keeps_a_secret_for_each_account(lena, contract):
    nina, wim = make_member(contract, "nina"), make_member(contract, "wim")
    request = browser_of((lena, SECRET), (nina, "another"))
    kept = [setup_browser.secret_of(request, user) for user in (lena, nina, wim)]
    assert kept == [SECRET, "another", ""]


def test_an_account_that_waits_for_none_allows_any_browser(lena):
    assert setup_browser.may_set_up(HttpRequest(), lena)
    assert setup_browser.may_set_up(browser_of((lena, SECRET)), lena)


@pytest.mark.parametrize(("kept", "allowed"), [(SECRET, True), ("another", False), ("", False), (None, False)])
def test_an_account_that_waits_for_one_allows_it_alone(lena, kept, allowed):
    lena.setup_browser = setup_browser.digest(SECRET)
    request = HttpRequest() if kept is None else browser_of((lena, kept))
    assert setup_browser.may_set_up(request, lena) is allowed


def test_the_secret_for_another_account_does_not_count(lena, contract):
    lena.setup_browser = setup_browser.digest(SECRET)
    assert not setup_browser.may_set_up(browser_of((make_member(contract, "nina"), SECRET)), lena)


def test_an_account_that_waits_for_nothing_knowable_allows_nobody(lena):
    lena.setup_browser = setup_browser.digest("")
    assert not setup_browser.may_set_up(HttpRequest(), lena)
