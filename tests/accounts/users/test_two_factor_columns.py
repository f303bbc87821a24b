"""The columns of an account that 2FA writes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.users import two_factor
from tests.factories import make_member

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract)


@pytest.fixture
def nina(contract) -> User:
    return make_member(contract, "nina")


def rows(user: User):
    return User.objects.filter(pk=user.pk)


def columns(user: User, *names: str) -> tuple:
    return rows(user).values_list(*names).get()


@pytest.mark.parametrize(("required", "browser"), [(True, "b" * 64), (False, "")])
def test_no_allows_any_browser_again_and_yes_does_not(lena, required, browser):
    rows(lena).update(setup_browser="b" * 64)
    assert two_factor.set_required(rows(lena), required=required) is True
    assert columns(lena, "two_factor_required", "setup_browser") == (required, browser)


def test_the_moment_and_the_reminder_are_written_and_taken_back(lena):
    moment, told = timezone.now() + DAY, timezone.now()
    two_factor.set_required(rows(lena), required=True, moment=moment, reminded_at=told)
    assert columns(lena, "two_factor_required_from", "two_factor_reminded_at") == (moment, told)
    two_factor.set_required(rows(lena), required=True)
    assert columns(lena, "two_factor_required_from", "two_factor_reminded_at") == (None, None)


def test_a_reminder_is_noted(lena):
    at = timezone.now()
    assert two_factor.note_reminder(rows(lena), at=at) is True
    assert columns(lena, "two_factor_reminded_at") == (at,)
    assert two_factor.note_reminder(User.objects.none(), at=at) is False


def test_each_reset_is_counted_once(lena):
    assert two_factor.count_reset(rows(lena)) is True
    assert two_factor.count_reset(rows(lena)) is True
    assert columns(lena, "resets") == (2,)


def test_the_setup_is_reserved_for_one_browser_of_one_account(lena, nina):
    two_factor.reserve_setup(lena, "b" * 64)
    assert (columns(lena, "setup_browser"), columns(nina, "setup_browser")) == (("b" * 64,), ("",))


def test_a_password_is_blocked_once(lena, nina):
    assert two_factor.block_password(lena) is True
    blocked = columns(lena, "password_revoked_at")
    assert two_factor.block_password(lena) is False
    assert columns(lena, "password_revoked_at") == blocked
    assert columns(nina, "password_revoked_at") == (None,)


def test_the_number_of_keys_is_written_where_it_changes(lena):
    two_factor.set_key_count(lena, 2)
    assert columns(lena, "key_count") == (lena.key_count,) == (2,)
    rows(lena).update(key_count=5)
    two_factor.set_key_count(lena, 2)
    assert columns(lena, "key_count") == (2,)
