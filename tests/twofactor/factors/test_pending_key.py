"""A key that is being set up: whose it is, how long it lives, and what ends it, without pages."""

import time

import pytest
from django.http import HttpRequest

from accounts.models import User
from tests.factories import make_member
from twofactor import crypto
from twofactor.factors import pending_key
from twofactor.models import BURNT_STEPS
from twofactor.session_store import SessionStore

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
KEY = pending_key._KEY
LIFE = 900


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract)


@pytest.fixture
def request_() -> HttpRequest:
    """One browser."""
    request = HttpRequest()
    request.session = SessionStore()
    return request


def begin(request: HttpRequest, user: User) -> pending_key.Setup:
    return pending_key.begin(request, user, ends_at=int(time.time()) + LIFE)


def next_request(request: HttpRequest) -> HttpRequest:
    """As the session has stored it."""
    request.session.save()
    later = HttpRequest()
    later.session = SessionStore(request.session.session_key)
    return later


def test_a_browser_keeps_its_key_from_request_to_request(request_, lena):
    begun = begin(request_, lena)
    found = pending_key.load(next_request(request_), lena)
    assert found == begun
    assert (found.user_id, found.stamp, found.ends_at, found.burnt) == (
        lena.pk,
        lena.stamp,
        int(time.time()) + LIFE,
        [],
    )
    assert len(found.key()) == 20
    assert crypto.unseal(found.sealed, user_id=lena.pk, purpose=crypto.SETUP) == found.key()
    assert pending_key.is_open(request_, lena)


def test_each_beginning_is_a_key_of_its_own(request_, lena):
    assert begin(request_, lena).key() != begin(request_, lena).key()


def test_there_is_none_before_it_begins_and_after_it_is_dropped(request_, lena):
    pending_key.drop(request_)
    assert pending_key.load(request_, lena) is None
    assert not pending_key.is_open(request_, lena)
    begin(request_, lena)
    pending_key.drop(request_)
    assert pending_key.load(request_, lena) is None
    assert not request_.session.keys()


def test_it_lives_to_the_second_and_says_how_long(request_, lena, clock):
    setup = begin(request_, lena)
    assert setup.seconds_left == LIFE
    clock.shift(LIFE - 1)
    assert pending_key.load(request_, lena)
    assert setup.seconds_left == 1
    clock.shift(1)
    assert pending_key.load(request_, lena) is None
    assert setup.seconds_left == 0
    clock.shift(1)
    assert setup.seconds_left == 0


def test_it_is_of_one_account_as_it_was(request_, lena, contract):
    begin(request_, lena)
    nora = make_member(contract, "nora")
    nora.stamp = lena.stamp
    assert pending_key.load(request_, nora) is None
    lena.stamp += 1
    assert pending_key.load(request_, lena) is None


def test_it_is_none_where_the_panels_keys_open_it_no_more(request_, lena, settings):
    begin(request_, lena)
    settings.TWOFACTOR_KEYS = [crypto.Fernet.generate_key().decode()]
    assert pending_key.load(request_, lena) is None


def test_the_steps_that_it_refuses_are_remembered_the_newest_first_and_not_without_end(request_, lena):
    setup = begin(request_, lena)
    steps = list(range(BURNT_STEPS + 2))
    for step in steps:
        request_ = next_request(request_)
        pending_key.burn(request_, step)
    found = pending_key.load(next_request(request_), lena)
    assert found.burnt == steps[::-1][:BURNT_STEPS]
    assert found.key() == setup.key()


def test_a_key_that_a_version_without_burnt_steps_began_refuses_its_first(request_, lena):
    begin(request_, lena)
    del request_.session[KEY]["burnt"]
    pending_key.burn(request_, 7)
    assert pending_key.load(request_, lena).burnt == [7]
