"""The attempt that starts a wait says so, and is evaluated all the same, with status 200."""

import pytest

from accounts.models import User
from tests.factories import PASSWORD, make_member
from tests.people import Person, words

pytestmark = pytest.mark.django_db
TOLD = "Too many attempts. Try again in 30 seconds"


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract)


def fail(person: Person, path: str, data: dict):
    *before, last = [person.post(path, data) for _ in range(5)]
    assert {response.status_code for response in (*before, last)} == {200}
    assert not [response for response in before if TOLD in words(response)]
    return last


@pytest.mark.parametrize("username", ["lena", "nobody"])
def test_the_fifth_wrong_password_says_how_long_to_wait_whether_or_not_the_name_exists(lena, username):
    person = Person(username)
    shown = words(fail(person, "/login/", {"username": username, "password": "wrong"}))
    assert TOLD in shown
    assert "Incorrect username or password." in shown
    assert person.start_login().status_code == 429


@pytest.mark.parametrize(
    ("path", "data"),
    [("/login/code/", {"code": "000000"}), ("/login/recovery/", {"recovery_code": "ABCDE-" * 4 + "ABCDE"})],
)
def test_the_fifth_wrong_code_says_how_long_to_wait(lena, path, data):
    codes = Person(lena).enrol()
    person = codes.another_browser()
    person.start_login()
    assert TOLD in words(fail(person, path, data))
    assert person.post(path, data).status_code == 429


def test_the_fifth_wrong_password_of_a_confirmation_says_how_long_to_wait(contract):
    person = Person(make_member(contract, "paul", two_factor_required=False))
    person.log_in()
    assert TOLD in words(fail(person, "/confirm/", {"password": PASSWORD[:-1]}))
