"""A session that changes its own account while somebody else changes it, or ends the session, has ended for good."""

import pytest
from django.db.models import F

from accounts.models import AuditRow, MailKind, OutgoingMail, Session, User
from accounts.origin import Origin
from accounts.sessions import services as sessions
from accounts.users import services as users
from tests.factories import PASSWORD, make_member
from tests.meanwhile import meanwhile
from tests.people import Person, words
from twofactor.factors import recovery_codes
from twofactor.models import RecoveryCode
from twofactor.requirement import services

pytestmark = pytest.mark.django_db
ORIGIN = Origin("192.0.2.1")
NEW = "another-password-altogether"
OWN = [
    ("/two-factor/recovery-codes/", {}),
    ("/two-factor/disable/", {}),
    ("/profile/password/", {"current_password": PASSWORD, "new_password1": NEW, "new_password2": NEW}),
]


@pytest.fixture
def lena(contract) -> Person:
    """2FA active by choice."""
    user = make_member(contract, email="lena@example.com")
    person = Person(user).enrol()
    User.objects.filter(pk=user.pk).update(two_factor_required=False)
    return person


def account() -> User:
    return User.objects.select_related("contract", "role").get(username="lena")


@pytest.mark.parametrize(("path", "form"), OWN)
def test_s02_a_session_ended_while_its_change_runs_takes_the_change_back(path, form, lena, owner):
    before = list(RecoveryCode.objects.values_list("digest", flat=True))
    rows = AuditRow.objects.count()

    with meanwhile(lambda: Session.objects.filter(signed_in=True).delete(), before="SAVEPOINT"):
        answer = lena.post(path, form)

    assert answer.url == "/login/?ended=session"
    assert "Your session has ended." in words(lena.get(answer.url))
    assert not Session.objects.filter(signed_in=True).exists()
    assert list(RecoveryCode.objects.values_list("digest", flat=True)) == before
    assert account().check_password(PASSWORD)
    assert AuditRow.objects.count() == rows


@pytest.mark.parametrize(("path", "form"), OWN)
def test_s02_a_change_under_an_older_stamp_is_not_written(path, form, lena, owner):
    def set_password() -> None:
        users.set_password(actor=owner, target=account(), password=NEW + NEW, must_change_password=False, origin=ORIGIN)

    with meanwhile(set_password, before="SAVEPOINT"):
        answer = lena.post(path, form)

    assert answer.url == "/login/?ended=session"
    assert account().check_password(NEW + NEW)
    assert account().two_factor_active
    assert not lena.is_in()


@pytest.mark.parametrize(("path", "form"), OWN)
def test_s02_the_stamp_alone_decides(path, form, lena):
    def advance() -> None:
        User.objects.filter(username="lena").update(stamp=F("stamp") + 1)

    with meanwhile(advance, before="SAVEPOINT"):
        assert lena.post(path, form).url == "/login/?ended=session"

    assert account().check_password(PASSWORD)
    assert account().two_factor_active
    assert account().pending_email == ""
    assert account().stamp == 2


def test_s02_no_link_is_mailed_for_an_email_that_was_entered_before_the_owner_reset_the_account(lena, owner):
    """The link would carry the new stamp, and lead whoever was put out back into the account."""

    def reset() -> None:
        services.reset(actor=owner, target=account(), origin=ORIGIN)

    with meanwhile(reset, before='SET "pending_email"'):
        answer = lena.post("/profile/email/", {"email": "thief@evil.example"})

    assert answer.url == "/login/?ended=session"
    assert account().pending_email == ""
    assert not OutgoingMail.objects.filter(kind=MailKind.NEW_EMAIL).exists()


@pytest.mark.parametrize(("mail_server", "write"), [(True, 'SET "pending_email"'), (False, 'SET "email"')])
def test_s02_the_stamp_alone_decides_on_a_new_email(mail_server, write, lena, settings):
    settings.MAIL_ENABLED = mail_server

    def advance() -> None:
        User.objects.filter(username="lena").update(stamp=F("stamp") + 1)

    with meanwhile(advance, before=write):
        lena.post("/profile/email/", {"email": "thief@evil.example"})

    assert (account().email, account().pending_email) == ("lena@example.com", "")


def test_s02_a_session_that_is_gone_is_not_written_again_after_its_change_either(lena):
    """New codes are kept in the session once the change is committed."""
    with meanwhile(lambda: Session.objects.filter(signed_in=True).delete(), before='UPDATE "accounts_session"'):
        assert lena.post("/two-factor/recovery-codes/").url == "/login/?ended=session"


def test_s02_the_cookie_of_a_session_that_was_ended_stays_as_it_is(lena):
    """It may be a newer one by now, of the other half of a double click."""
    with meanwhile(lambda: Session.objects.filter(signed_in=True).delete(), before="SAVEPOINT"):
        answer = lena.post("/two-factor/recovery-codes/")
    assert "sessionid" not in answer.cookies


def test_s02_a_reset_ends_the_session_of_who_switched_2fa_off_first(lena, owner):
    lena.post("/two-factor/disable/")
    assert lena.is_in()

    assert services.reset(actor=owner, target=account(), origin=ORIGIN)

    assert not lena.is_in()
    assert not Session.objects.filter(user=account(), signed_in=True).exists()


def test_s02_no_ends_the_session_of_who_switched_2fa_off_a_moment_earlier(lena, owner):
    seen = account()
    lena.post("/two-factor/disable/")

    assert services.set_required(actor=owner, target=seen, required=False, origin=ORIGIN)

    assert not lena.is_in()
    assert not services.set_required(actor=owner, target=account(), required=False, origin=ORIGIN)


def test_s02_a_recovery_code_is_not_spent_under_an_older_stamp(lena):
    seen = account()
    User.objects.update(stamp=seen.stamp + 1)
    assert not recovery_codes.spend_code(seen, lena.codes[0])
    assert recovery_codes.spend_code(account(), lena.codes[0])


def test_s02_ending_the_sessions_of_nobody_ends_none(lena, owner):
    gone = account()
    users.delete_user(actor=owner, target=account(), origin=ORIGIN)
    assert sessions.end_by(owner, gone, origin=ORIGIN) == 0


@pytest.mark.parametrize("path", ["/two-factor/disable/", "/two-factor/recovery-codes/"])
def test_without_2fa_there_is_nothing_to_disable_or_replace(path, contract):
    paul = Person(make_member(contract, "paul", two_factor_required=False))
    paul.log_in()
    assert paul.get(path).url == "/profile/security/"
    assert paul.post(path).url == "/profile/security/"
    assert not AuditRow.objects.filter(event="two_factor_disabled").exists()
