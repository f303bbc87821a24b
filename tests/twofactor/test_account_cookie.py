"""The signed cookie that keeps a text for each account of a browser: what comes back, how long, and how many."""

from typing import Any

import pytest
from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from twofactor.account_cookie import AccountCookie

COOKIE = AccountCookie("visited", "salt", 100)


def request_with(value: str | None) -> HttpRequest:
    request = HttpRequest()
    if value is not None:
        request.COOKIES["visited"] = value
    return request


def signed(content: Any, salt: str = "salt") -> str:
    return signing.dumps(content, salt=salt)


def kept(number: int, text: str, before: str | None = None) -> str:
    """The value of the cookie once an account has kept a text in it."""
    response = HttpResponse()
    COOKIE.keep(request_with(before), response, User(pk=number), text)
    return response.cookies["visited"].value


def test_what_is_kept_comes_back():
    assert COOKIE.entries(request_with(kept(7, "text"))) == {"7": "text"}


def test_each_account_keeps_one_text():
    both = kept(8, "other", kept(7, "text"))
    assert COOKIE.entries(request_with(both)) == {"7": "text", "8": "other"}
    assert list(COOKIE.entries(request_with(kept(7, "new", both))).items()) == [("8", "other"), ("7", "new")]


def test_five_accounts_are_kept_and_the_one_longest_ago_is_dropped():
    value = None
    for number in (1, 2, 3, 4, 5, 1, 6):
        value = kept(number, "text", value)
    assert list(COOKIE.entries(request_with(value))) == ["3", "4", "5", "1", "6"]


@pytest.mark.parametrize(
    "value",
    [None, "", "rubbish", signed({"7": "text"}, "another"), signed({"7": "text"}) + "x"],
    ids=["missing", "empty", "rubbish", "signed for another cookie", "changed"],
)
def test_what_the_panel_has_not_signed_for_this_cookie_is_nothing(value):
    assert COOKIE.entries(request_with(value)) == {}


@pytest.mark.parametrize("content", [["7"], "7", None])
def test_what_is_signed_but_of_another_shape_is_nothing(content):
    assert COOKIE.entries(request_with(signed(content))) == {}


def test_of_entries_of_another_shape_the_others_are_read():
    good = {"1": "", "2": "x" * 64}
    bad = {"3": "x" * 65, "4": "é", "5": 5, "6": None, "7": ["text"]}
    assert COOKIE.entries(request_with(signed(bad | good))) == good


@pytest.mark.parametrize(("seconds", "found"), [(100, {"7": "text"}), (101, {})])
def test_it_is_read_for_its_lifetime(clock, seconds, found):
    value = kept(7, "text")
    clock.shift(seconds)
    assert COOKIE.entries(request_with(value)) == found


@pytest.mark.parametrize("secure", [True, False])
def test_scripts_and_other_sites_do_not_get_it(settings, secure):
    settings.HTTPS = secure
    response = HttpResponse()
    COOKIE.keep(request_with(None), response, User(pk=7), "text")
    cookie = response.cookies["visited"]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (100, True, "Lax")
    assert bool(cookie["secure"]) is secure
