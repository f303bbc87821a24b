"""A change of `SECRET_KEY` logs nobody out of an application."""

import pytest

from accounts.models import User
from cloudpanel.applications.openid import endings
from cloudpanel.applications.openid.models import Login, Token
from tests.applications.openid.test_backchannel import told, work
from tests.bench.sql import Sql
from tests.meanwhile import meanwhile
from tests.secret_key import change_secret_key

__all__ = ["told"]
pytestmark = pytest.mark.django_db


def test_the_sender_misses_no_session_while_its_first_page_is_made(told, console, lena, settings):
    console.log_in(lena)
    work()
    change_secret_key(settings)
    with Sql() as sql, meanwhile(work, before='UPDATE "accounts_session"'):
        assert lena.get("/profile/").status_code == 200
    assert not {"INSERT", "DELETE"} & set(sql.verbs)
    work()
    assert lena.get("/profile/").status_code == 200
    assert told.seen == []


def test_a_session_that_is_not_used_since_keeps_its_tokens_and_its_login(told, console, lena, settings):
    tokens = console.log_in(lena, scope="openid offline_access")
    change_secret_key(settings)
    assert not endings.suspects().exists()
    assert console.userinfo(tokens["access_token"]).status_code == 200
    assert console.refresh(tokens["refresh_token"]).status_code == 200
    assert not Token.objects.filter(offline=True).exists(), "refreshed as part of the session"
    work()
    assert told.seen == []


def test_a_login_of_the_stamp_before_goes_on_with_such_a_session(told, console, lena, settings):
    """The sender has not looked since the session changed its own account; then it compares the session's hash."""
    User.objects.update(stamp=2)
    lena.log_in()
    console.log_in(lena)
    Login.objects.update(stamp=1)
    change_secret_key(settings)
    assert endings.suspects().count() == 1
    work()
    assert told.seen == []
    assert Login.objects.get().ended_at is None


def test_without_the_old_key_its_tokens_are_of_no_use(console, lena, settings):
    tokens = console.log_in(lena)
    change_secret_key(settings)
    settings.SECRET_KEY_FALLBACKS = []
    assert console.userinfo(tokens["access_token"]).status_code == 401
