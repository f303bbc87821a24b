"""How long a session lives: to the microsecond, and in Python and SQL alike. And what it is bound to."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from accounts import clock
from accounts.models import Session
from accounts.models.auth_hash import auth_hash, is_auth_hash
from accounts.models.session import alive

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
IDLE = timedelta(seconds=settings.SESSION_IDLE_SECONDS)
LONGEST = timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS)
TICK = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("expires", "seen", "lives"),
    [
        (HOUR, timedelta(0), True),
        (timedelta(0), timedelta(0), False),
        (TICK, timedelta(0), True),
        (clock.SLACK + LONGEST, timedelta(0), True),
        (clock.SLACK + LONGEST + TICK, timedelta(0), False),
        (HOUR, -IDLE, False),
        (HOUR, -IDLE + TICK, True),
        (HOUR, clock.SLACK, True),
        (HOUR, clock.SLACK + TICK, False),
        (-HOUR, -2 * IDLE, False),
    ],
)
def test_a_session_lives_between_its_limits(expires, seen, lives):
    row = Session.objects.create(
        session_key="key", session_data="", expire_date=NOW + expires, last_seen_at=NOW + seen, created_at=NOW
    )
    assert row.is_alive(NOW) is lives
    assert Session.objects.filter(alive(NOW)).exists() is lives


def test_the_seal_of_a_session_stays_the_same_from_version_to_version():
    """Another salt or digest would log everybody out at an upgrade."""
    expected = "aaf1f13261f8db8e2c2c6feaac227146c38be6276f2d33e4bd375401a1ce213b"
    assert auth_hash("hash", 7, secret="secret") == expected


@pytest.mark.parametrize(("password", "stamp"), [("other", 7), ("hash", 8)])
def test_a_seal_is_of_one_password_and_stamp(password, stamp):
    sealed = auth_hash("hash", 7)
    assert is_auth_hash(sealed, "hash", 7)
    assert not is_auth_hash(sealed, password, stamp)


def test_a_key_seals_as_long_as_it_is_known(settings):
    sealed = auth_hash("hash", 7)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "x" * 50, [settings.SECRET_KEY]
    assert is_auth_hash(sealed, "hash", 7)
    settings.SECRET_KEY_FALLBACKS = []
    assert not is_auth_hash(sealed, "hash", 7)
