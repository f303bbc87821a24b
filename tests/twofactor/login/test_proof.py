"""The session's row says how its person was proved, and when last."""

import time

import pytest
from django.utils import timezone

from accounts.models import Session, User
from tests.factories import make_contract, make_member, make_owner
from tests.people import PASSWORD, Person, code_of

pytestmark = pytest.mark.django_db


def member(**fields):
    return make_member(make_contract(make_owner()), **fields)


@pytest.fixture
def lena():
    return Person(member(two_factor_required=False))


@pytest.fixture
def lars():
    """Has set up the app and logged out again."""
    person = Person(member(username="lars")).enrol()
    person.post("/logout/")
    return person


def session_of(person):
    return Session.objects.get(user=User.objects.get(username=person.username))


def test_a_login_by_password_alone_is_pwd(lena):
    lena.log_in()
    row = session_of(lena)
    assert row.methods == "pwd"
    assert abs((timezone.now() - row.proved_at).total_seconds()) < 60


def test_a_pending_login_has_proved_the_password_at_no_time_that_counts(lars):
    lars.start_login()
    row = session_of(lars)
    assert (row.signed_in, row.methods, row.proved_at) == (False, "pwd", None)


def test_setup_in_a_session_raises_it_to_otp(lena):
    lena.log_in()
    lena.enrol_logged_in()
    assert session_of(lena).methods == "pwd otp"


def test_setup_within_the_login_is_pwd_otp():
    person = Person(member()).enrol()
    assert session_of(person).methods == "pwd otp"


def test_a_login_with_a_code_is_pwd_otp(lars):
    lars.log_in()
    assert session_of(lars).methods == "pwd otp"


def test_a_login_with_a_recovery_code_is_pwd_mfa_until_a_code_is_confirmed(lars):
    lars.start_login()
    lars.post("/login/recovery/", {"recovery_code": lars.codes[0], "action": "sign_in"})
    assert session_of(lars).methods == "pwd mfa"
    lars.post("/confirm/", {"password": PASSWORD, "code": code_of(lars.key)})
    assert session_of(lars).methods == "pwd mfa otp"


def test_confirming_moves_the_moment_of_the_last_proof(lena):
    lena.log_in()
    session = lena.client.session
    session["confirmed_at"] = int(time.time()) - 3600
    session.save()
    lena.post("/confirm/", {"password": PASSWORD})
    assert abs((timezone.now() - session_of(lena).proved_at).total_seconds()) < 60
