"""Ending all sessions of an account also ends the logins that are still under way: they may be a thief's."""

from functools import partial

import pytest

from accounts.models import AuditRow, Event, Session, User
from accounts.models.session_store import row_key
from accounts.origin import SERVER
from accounts.sessions import services as sessions
from tests.factories import make_member
from tests.meanwhile import meanwhile
from tests.people import Person, code_of, words
from twofactor.login import ending
from twofactor.login.pending_login import Reason

pytestmark = pytest.mark.django_db
NEW = "tractor-violin-harbour-9-moss"
TYPED = {"new_password1": NEW, "new_password2": NEW}
SENTENCE = "Your session has ended. Log in again."


@pytest.fixture
def lena(contract, clock) -> Person:
    person = Person(make_member(contract)).enrol()
    clock.shift(60)
    return person


@pytest.fixture
def user(lena) -> User:
    return User.objects.get(username="lena")


@pytest.fixture
def thief(lena, user) -> Person:
    """Has given the password and one code, and waits at the new password."""
    User.objects.filter(pk=user.pk).update(must_change_password=True)
    browser = lena.another_browser()
    browser.start_login()
    assert browser.post("/login/code/", {"code": code_of(lena.key)}).url == "/password/new/"
    return browser


def is_out(thief: Person) -> None:
    answer = thief.post("/password/new/", TYPED)
    assert answer.url.startswith("/login/?ended=")
    assert SENTENCE in words(thief.get(answer.url))
    assert not thief.is_in()
    assert not User.objects.get(username="lena").check_password(NEW)


def test_the_owner_ends_a_login_that_has_proved_both_factors(lena, user, thief, olivia):
    assert olivia.post(f"/management/users/{user.pk}/sessions/", {"contract": user.contract_id}).status_code == 302
    assert not lena.is_in()
    is_out(thief)


def test_so_does_the_person_who_ends_all_others_and_stays(lena, user):
    other = lena.another_browser()
    assert other.start_login().url == "/login/code/"
    lena.post("/profile/security/sessions/end-others/")
    answer = other.post("/login/code/", {"code": code_of(lena.key)})
    assert SENTENCE in words(other.get(answer.url))
    assert lena.is_in()


def test_logins_of_others_go_on(contract, lena, user):
    otto = Person(make_member(contract, "otto")).enrol().another_browser()
    otto.start_login()
    sessions.end_by(None, user, origin=SERVER)
    assert otto.get("/login/code/").status_code == 200


@pytest.mark.parametrize("must_change", [True, False], ids=["to the next step", "into the panel"])
def test_a_step_that_runs_at_this_moment_leads_nowhere(lena, user, must_change):
    """`ending.hold` asks with the account's row locked: the end comes before it, or after the step has been written."""
    User.objects.filter(pk=user.pk).update(must_change_password=must_change)
    other = lena.another_browser()
    other.start_login()
    with meanwhile(lambda: sessions.end_by(None, user, origin=SERVER), before="accounts_attempts"):
        answer = other.post("/login/code/", {"code": code_of(lena.key)})
    assert answer.url == "/login/?ended=session"
    assert SENTENCE in words(other.get(answer.url))
    assert not other.is_in()
    assert not Session.objects.filter(user=user).exists()


def test_a_known_browser_is_ended_at_this_moment_too(lena, user):
    lena.post("/logout/")
    assert lena.start_login().url == "/login/code/"
    with meanwhile(partial(sessions.end_by, None, user, origin=SERVER), before="accounts_attempts"):
        answer = lena.post("/login/code/", {"code": code_of(lena.key)})
    assert answer.url == "/login/?ended=session"
    assert not lena.is_in()


def test_another_pending_login_of_the_account_keeps_none_alive(lena, user):
    other, third = lena.another_browser(), lena.another_browser()
    for browser in (other, third):
        browser.start_login()
    key = row_key(other.client.cookies["sessionid"].value)
    with meanwhile(partial(ending.end_elsewhere, key, user.pk, Reason.SESSION), before="accounts_attempts"):
        answer = other.post("/login/code/", {"code": code_of(lena.key)})
    assert answer.url == "/login/?ended=session"
    assert not other.is_in()
    assert third.get("/login/code/").status_code == 200


def test_it_is_told_and_logged_where_nothing_but_a_login_was_under_way(contract, user, thief, olivia):
    Session.objects.filter(user=user, signed_in=True).delete()
    page = olivia.get(olivia.post(f"/management/users/{user.pk}/sessions/", {"contract": contract.pk}).url)
    assert "1 session has ended." in words(page)
    assert AuditRow.objects.get(event=Event.SESSIONS_ENDED).detail == {"sessions": 1}
    is_out(thief)


def test_what_has_expired_is_neither_told_nor_logged(contract, lena, user, olivia, clock):
    lena.another_browser().start_login()
    clock.shift(31 * 60)
    olivia.log_in()
    page = olivia.get(olivia.post(f"/management/users/{user.pk}/sessions/", {"contract": contract.pk}).url)
    assert "Nothing was changed: there were no sessions." in words(page)
    assert not AuditRow.objects.filter(event=Event.SESSIONS_ENDED).exists()
    assert not Session.objects.filter(user=user).exists()


def test_a_request_for_help_that_is_written_at_this_moment_revives_nothing(lena, user):
    other = lena.another_browser()
    other.start_login()
    ended = partial(sessions.end_by, None, user, origin=SERVER)
    with meanwhile(ended, before='UPDATE "accounts_session"'):
        other.post("/login/help/")
    assert not Session.objects.filter(user=user).exists()
    assert other.post("/login/code/", {"code": code_of(lena.key)}).url.startswith("/login/")
    assert not other.is_in()


def test_a_session_that_ends_at_this_moment_ends_no_others(lena, user, clock):
    mine = lena.another_browser()
    mine.log_in()
    clock.shift(60)
    end_others = "/profile/security/sessions/end-others/"
    with meanwhile(partial(mine.post, end_others), before='AS "a" FROM "accounts_user"'):
        lena.post(end_others)
    assert mine.is_in()
    assert not lena.is_in()
