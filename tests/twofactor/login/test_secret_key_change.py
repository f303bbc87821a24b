"""A session goes on under a new `SECRET_KEY`: it keeps its id, is written once, and undoes nothing."""

import pytest

from accounts.models import Session, User
from accounts.models.session_store import SessionStore
from tests.bench.sql import Sql
from tests.factories import make_member
from tests.meanwhile import meanwhile
from tests.people import Person
from tests.secret_key import change_secret_key

pytestmark = pytest.mark.django_db
WRITTEN = 'UPDATE "accounts_session"'


@pytest.fixture
def lena(contract) -> Person:
    person = Person(make_member(contract, two_factor_required=False))
    person.log_in()
    return person


def key_of(person: Person, settings) -> str:
    return person.client.cookies[settings.SESSION_COOKIE_NAME].value


def cost(person: Person) -> tuple[int, int]:
    """How many statements a page takes, and how many of them write."""
    with Sql() as sql:
        assert person.is_in()
    return sql.queries, sql.writes


def test_it_is_written_once_and_keeps_its_id(lena, settings):
    before, row = key_of(lena, settings), Session.objects.get()
    change_secret_key(settings)
    assert [cost(lena), cost(lena)] == [(2, 1), (1, 0)]
    assert key_of(lena, settings) == before
    assert Session.objects.get() == row
    settings.SECRET_KEY_FALLBACKS = []
    assert lena.is_in()


def test_one_that_began_under_the_new_key_is_not_written(lena, settings):
    change_secret_key(settings)
    lena.log_in()
    assert cost(lena) == (1, 0)


def test_it_outlives_a_fault(lena, settings, monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    change_secret_key(settings)
    lena.client.raise_request_exception = False
    with monkeypatch.context() as patched:
        patched.setattr("twofactor.middleware.standing_of", fail)
        assert lena.get("/profile/").status_code == 500
    assert lena.is_in()


def test_two_requests_at_the_same_moment_are_both_answered(lena, settings):
    other = Person(lena.username)
    other.client.cookies[settings.SESSION_COOKIE_NAME] = key_of(lena, settings)
    change_secret_key(settings)
    answers = []
    with meanwhile(lambda: answers.append(other.is_in()), before=WRITTEN):
        answers.append(lena.is_in())
    assert answers == [True, True]
    assert cost(lena) == (1, 0)


def test_what_another_request_stored_stays(lena, settings):
    change_secret_key(settings)

    def store() -> None:
        session = SessionStore(key_of(lena, settings))
        session["noted"] = "elsewhere"
        session.save()

    with meanwhile(store, before=WRITTEN):
        assert lena.is_in()
    assert lena.client.session["noted"] == "elsewhere"
    assert [cost(lena), cost(lena)] == [(2, 1), (1, 0)], "sealed by the next request"
    assert lena.client.session["noted"] == "elsewhere"


def test_one_that_is_ended_at_this_moment_stays_ended(lena, settings):
    change_secret_key(settings)
    with meanwhile(lambda: Session.objects.all().delete(), before=WRITTEN):
        lena.get("/profile/")
    assert not Session.objects.exists()
    assert not lena.is_in()


@pytest.mark.parametrize("changed", [{"stamp": 9}, {"password": "!"}, {"is_active": False}], ids=str)
def test_a_change_of_the_account_ends_it_all_the_same(lena, settings, changed):
    change_secret_key(settings)
    User.objects.filter(username=lena.username).update(**changed)
    assert not lena.is_in()
