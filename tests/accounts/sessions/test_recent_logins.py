"""`last_login` is written for the account as it was read, or not at all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notice, User
from accounts.sessions import recent_logins
from tests.factories import make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract)


def stored(user: User) -> User:
    return User.objects.get(pk=user.pk)


def test_the_moment_is_written_and_known(lena):
    assert recent_logins.note_login(lena, begun=timezone.now()) is False
    assert stored(lena).last_login == lena.last_login == timezone.now()


@pytest.mark.parametrize(
    ("given", "kept"), [({}, "a b"), ({"known_browsers": None}, "a b"), ({"known_browsers": "c a"}, "c a")]
)
def test_the_browsers_that_are_known_are_written_if_given(lena, given, kept):
    User.objects.filter(pk=lena.pk).update(known_browsers="a b")
    lena.refresh_from_db()
    recent_logins.note_login(lena, begun=timezone.now(), **given)
    assert stored(lena).known_browsers == lena.known_browsers == kept


@pytest.mark.parametrize("change", [{"stamp": 7}, {"password": "another"}, {"is_active": False}])
def test_nothing_is_written_for_an_account_that_has_changed(lena, change):
    User.objects.filter(pk=lena.pk).update(**change)
    assert recent_logins.note_login(lena, begun=timezone.now(), known_browsers="c") is None
    assert (stored(lena).last_login, stored(lena).known_browsers) == (None, "")
    assert (lena.last_login, lena.known_browsers) == (None, "")


@pytest.mark.parametrize(
    ("by_password", "noted"), [({}, None), ({"by_password": True}, None), ({"by_password": False}, False)]
)
def test_a_blocked_password_blocks_logins_by_password(lena, by_password, noted):
    User.objects.filter(pk=lena.pk).update(password_revoked_at=timezone.now())
    assert recent_logins.note_login(lena, begun=timezone.now(), **by_password) is noted


@pytest.mark.parametrize(("seconds", "waits"), [(-1, True), (0, False), (1, False)])
def test_a_notice_from_before_the_login_waits(lena, seconds, waits):
    Notice.objects.create(user=lena, at=timezone.now() + timedelta(seconds=seconds))
    assert recent_logins.note_login(lena, begun=timezone.now()) is waits


def test_a_notice_of_somebody_else_does_not(lena, contract):
    Notice.objects.create(user=make_member(contract, "nina"), at=timezone.now() - timedelta(days=1))
    assert recent_logins.note_login(lena, begun=timezone.now()) is False
