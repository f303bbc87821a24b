"""Codes and tokens to the second, and what is left of them when something ends."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.clock import SLACK
from accounts.models import AuditRow, Event, User
from cloudpanel.applications.openid import grants, tokens
from cloudpanel.applications.openid.models import Grant, Login, Token
from tests.applications.openid.conftest import error
from tests.factories import make_member
from tests.people import Person

pytestmark = pytest.mark.django_db
OFFLINE = {"scope": "openid profile offline_access"}
SECOND = timedelta(seconds=1)


def reused() -> int:
    return AuditRow.objects.filter(event=Event.APPLICATION_CODE_REUSED).count()


@pytest.mark.parametrize(("after", "status"), [(grants.CODE_LIFE - SECOND, 200), (grants.CODE_LIFE, 400)])
def test_a_code_ends_with_its_minute(clock, console, lena, after, status):
    code = console.code(lena)
    clock.shift(after)
    assert console.redeem(code).status_code == status
    assert reused() == 0


@pytest.mark.parametrize(("after", "status"), [(tokens.ACCESS_LIFE - SECOND, 200), (tokens.ACCESS_LIFE, 401)])
def test_an_access_token_ends_after_ten_minutes(clock, console, lena, after, status):
    token = console.log_in(lena)["access_token"]
    clock.shift(after)
    assert console.userinfo(token).status_code == status


@pytest.mark.parametrize(
    ("ahead", "status"), [(timedelta(), 200), (SLACK, 200), (SLACK + SECOND, 401), (timedelta(days=1), 401)], ids=str
)
def test_an_access_token_of_a_clock_that_was_ahead_is_kept_no_longer(clock, console, lena, ahead, status):
    token = console.log_in(lena, **OFFLINE)["refresh_token"]
    lena.client.post("/logout/")
    clock.shift(ahead)
    access = console.refresh(token).json()["access_token"]
    clock.shift(-ahead)
    assert console.userinfo(access).status_code == status


@pytest.mark.parametrize(("after", "good"), [(tokens.REFRESH_LIFE - SECOND, True), (tokens.REFRESH_LIFE, False)])
def test_a_refresh_token_ends_after_thirty_days(clock, console, lena, after, good):
    token = console.log_in(lena, **OFFLINE)["refresh_token"]
    clock.shift(after)
    assert (tokens.refresh_token(token) is not None) is good
    assert (console.refresh(token).status_code == 200) is good
    assert reused() == 0


@pytest.mark.parametrize(("after", "good"), [(tokens.SIBLING_WITHIN, True), (tokens.SIBLING_WITHIN + SECOND, False)])
def test_a_sibling_comes_within_ten_seconds(clock, console, lena, after, good):
    token = console.log_in(lena, **OFFLINE)["refresh_token"]
    console.refresh(token)
    assert tokens.refresh_token(token) is None, "it has been replaced"
    clock.shift(after)
    assert (console.refresh(token).status_code == 200) is good
    assert reused() == (0 if good else 1)


@pytest.mark.parametrize(
    ("ahead", "good"), [(SLACK, True), (SLACK + SECOND, False), (timedelta(days=1), False)], ids=str
)
def test_a_token_used_up_by_a_clock_that_was_ahead_has_no_sibling_until_then(clock, console, lena, ahead, good):
    clock.shift(ahead)
    lena.log_in()
    token = console.log_in(lena, **OFFLINE)["refresh_token"]
    assert console.refresh(token).status_code == 200
    clock.shift(-ahead)
    assert (console.refresh(token).status_code == 200) is good
    assert reused() == (0 if good else 1)


def test_a_revoked_access_token_leaves_its_family(console, lena):
    given = console.log_in(lena, **OFFLINE)
    console.post("/openid/revoke/", {"token": given["access_token"]})
    assert console.userinfo(given["access_token"]).status_code == 401
    assert console.userinfo(console.refresh(given["refresh_token"]).json()["access_token"]).status_code == 200


def test_a_code_whose_grant_was_revoked_unused_counts_as_used_again(console, lena):
    code = console.code(lena)
    assert tokens.revoke_grants(Grant.objects.all()) == 1
    assert tokens.revoke_grants(Grant.objects.all()) == 0
    assert error(console.redeem(code)) == (400, "invalid_grant")
    assert not Token.objects.exists()


def test_a_grant_keeps_what_was_asked_for_and_how_its_person_was_proved(console, lena):
    console.code(lena, **OFFLINE, nonce="n-1")
    grant = Grant.objects.get()
    assert (grant.scope, grant.nonce, grant.methods, grant.verified) == (OFFLINE["scope"], "n-1", "pwd", False)
    assert (grant.user, grant.stamp, grant.client, grant.ip) == (
        lena.user,
        lena.user.stamp,
        console.client,
        "127.0.0.1",
    )
    assert grant.sid


# The login of a session at an application


def logged() -> list[tuple[bool, str]]:
    """Whether the application has refresh tokens from each login, and whose it is."""
    return [(tokens.left(login.client_id, login.sid).exists(), login.subject) for login in Login.objects.all()]


def test_one_session_logs_in_once_and_has_refresh_tokens_when_it_asks_for_them(console, lena):
    subject = lena.user.subject
    console.log_in(lena)
    assert logged() == [(False, subject)]
    console.log_in(lena, **OFFLINE)
    assert logged() == [(True, subject)]
    console.log_in(lena)
    assert logged() == [(True, subject)], "the token that it was given before is still out there"
    row = AuditRow.objects.get(event=Event.APPLICATION_LOGIN)
    assert (row.actor_label, row.target_label, row.detail) == ("lena", "Grafana", {})


def test_two_sessions_log_in_each(console, lena):
    console.log_in(lena)
    again = lena.another_browser()
    again.log_in()
    console.log_in(again, **OFFLINE)
    assert sorted(logged()) == [(False, lena.user.subject), (True, lena.user.subject)]
    assert AuditRow.objects.filter(event=Event.APPLICATION_LOGIN).count() == 2


@pytest.mark.parametrize("lost", ["used", "revoked", "expired", "family", "stamp"])
def test_a_login_has_no_refresh_token_left_that_could_not_be_used(console, lena, lost):
    given = console.log_in(lena, **OFFLINE)
    assert logged() == [(True, lena.user.subject)]
    if lost == "used":
        assert console.refresh(given["refresh_token"]).status_code == 200
        Token.objects.filter(refresh=True, replaced_at=None).delete()
    elif lost == "revoked":
        Token.objects.update(revoked_at=timezone.now())
    elif lost == "expired":
        Token.objects.update(expires_at=timezone.now())
    elif lost == "family":
        tokens.revoke_grants(Grant.objects.all())
    else:
        User.objects.filter(pk=lena.user.pk).update(stamp=lena.user.stamp + 1)
    assert logged() == [(False, lena.user.subject)]


# When sessions are ended on purpose


def test_one_session_is_kept_with_what_it_was_given(console, contract, lena):
    kept, ended = console.log_in(lena, **OFFLINE), lena.another_browser()
    ended.log_in()
    lost = console.log_in(ended, **OFFLINE)
    paul = Person(make_member(contract, "paul", two_factor_required=False))
    paul.log_in()
    others = console.log_in(paul, **OFFLINE)
    tokens.forget(lena.user, lena.client.session.session_key)
    good = [tokens.refresh_token(given["refresh_token"]) is not None for given in (kept, lost, others)]
    assert good == [True, False, True]


def test_all_are_ended_where_none_is_kept(console, lena):
    given = console.log_in(lena, **OFFLINE)
    tokens.forget(lena.user, None)
    assert tokens.refresh_token(given["refresh_token"]) is None


# What may be deleted


def test_a_grant_may_go_after_a_month_when_nothing_of_it_lives(clock, console, lena):
    console.log_in(lena)
    assert not tokens.removable().exists()
    clock.shift(tokens.KEPT)
    assert not tokens.removable().exists()
    clock.shift(SECOND)
    assert tokens.removable().count() == 1
    Token.objects.update(expires_at=timezone.now())
    assert tokens.removable().count() == 1
    Token.objects.update(expires_at=timezone.now() + SECOND)
    assert not tokens.removable().exists()


def test_a_code_that_nobody_redeems_may_go_after_an_hour(clock, console, lena):
    console.log_in(lena)
    console.code(lena)
    unused = Grant.objects.get(used_at=None)
    clock.shift(tokens.UNUSED_KEPT)
    assert not tokens.removable().exists()
    clock.shift(SECOND)
    assert list(tokens.removable()) == [unused]


def test_what_lives_of_one_grant_keeps_no_other(clock, console, lena):
    console.log_in(lena)
    old = Grant.objects.get()
    clock.shift(tokens.KEPT + SECOND)
    lena.log_in()
    console.log_in(lena)
    assert list(tokens.removable()) == [old]


def test_a_token_may_go_a_day_after_its_end(clock, console, lena):
    console.log_in(lena)
    clock.shift(tokens.ACCESS_LIFE + timedelta(days=1))
    assert not tokens.old().exists()
    clock.shift(SECOND)
    assert tokens.old().count() == 1


def test_a_login_at_an_application_is_noted_for_its_own_person(console, client, lena):
    console.log_in(lena)
    noted = Login.objects.get()
    assert (noted.user, noted.subject, noted.client) == (lena.user, lena.user.subject, client)
