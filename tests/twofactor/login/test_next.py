"""`next` in the address alone counts like the one that the form carries."""

import pytest

from tests.factories import PASSWORD, make_member
from tests.people import Person

pytestmark = pytest.mark.django_db
ADDRESSES = [("/profile/", "/profile/"), ("https://example.com/", "/"), ("//example.com", "/")]


@pytest.fixture
def lena(contract) -> Person:
    return Person(make_member(contract, two_factor_required=False))


@pytest.mark.parametrize(("asked", "led_to"), ADDRESSES)
def test_next_in_the_address_of_the_login(lena, asked, led_to):
    form = {"username": lena.username, "password": PASSWORD}
    assert lena.post(f"/login/?next={asked}", form).url == led_to


@pytest.mark.parametrize(("asked", "led_to"), ADDRESSES)
def test_next_in_the_address_of_the_confirmation(lena, asked, led_to):
    lena.log_in()
    assert lena.post(f"/confirm/?next={asked}", {"password": PASSWORD}).url == led_to


def test_the_one_of_the_form_goes_first(lena):
    form = {"username": lena.username, "password": PASSWORD, "next": "/profile/name/"}
    assert lena.post("/login/?next=/profile/", form).url == "/profile/name/"
