"""A neighbour under the same domain may set no cookie with __Host-, but one whose name Django reads as such."""

import pytest
from django.conf import settings
from django.test import Client

from tests.factories import make_member
from tests.people import Person

pytestmark = pytest.mark.django_db
SESSION = settings.SESSION_COOKIE_NAME


@pytest.fixture
def person(contract) -> Person:
    found = Person(make_member(contract, two_factor_required=False))
    found.log_in()
    return found


def sent(*cookies: str) -> int:
    """As a server gets them: the bytes that a browser sends, one character each."""
    header = "; ".join(cookies).encode().decode("latin-1")
    return Client().get("/profile/", HTTP_COOKIE=header).status_code


@pytest.mark.parametrize("before", ["\xa0", "\u2000", "\x85", "\u3000", "\x1c", "\x0b", "\x0c"])
@pytest.mark.parametrize("after", ["", "\u2003"])
def test_white_space_that_django_trims_makes_no_other_name(person, before, after):
    value = person.client.cookies[SESSION].value
    assert sent(f"{SESSION}={value}") == 200
    assert sent(f"{before}{SESSION}{after}={value}") == 302


def test_a_cookie_of_a_neighbour_takes_the_place_of_none(person):
    own = f"{SESSION}={person.client.cookies[SESSION].value}"
    for foreign in (f"\u2000{SESSION}=x", f"{SESSION}\xa0=x", "börse=1", "=x", "nameless", 'a="b'):
        assert sent(own, foreign) == 200
        assert sent(foreign, own) == 200


def test_blanks_and_tabs_are_between_cookies_as_ever(person):
    own = f"{SESSION}={person.client.cookies[SESSION].value}"
    assert sent("a=1", f"\t {own}", "b=2") == 200
