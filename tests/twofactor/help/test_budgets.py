"""How often somebody may ask, and how many mails that makes: a thief with the password floods nobody."""

from datetime import timedelta

import pytest

from accounts.models import Attempts, Notice, OutgoingMail, User
from tests.people import Person, words
from tests.twofactor.help.conftest import HELP, ask
from twofactor.help.models import HelpRequest
from twofactor.help.policy import LIFETIME, MAILS_A_DAY
from twofactor.login.throttles import WRONG_CODES

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(owner) -> User:
    User.objects.filter(pk=owner.pk).update(email="olivia@example.com")
    owner.refresh_from_db()
    return owner


def asks_anew(person: Person, clock) -> HelpRequest:
    """After the last request has expired, and any wait with it."""
    clock.shift(LIFETIME)
    person.post("/logout/")
    assert person.start_login().url == "/login/code/"
    return ask(person)


def mails(reader: User) -> int:
    return OutgoingMail.objects.filter(kind="help", address=reader.email).count()


def told(lena: User) -> int:
    return OutgoingMail.objects.filter(kind="notice", about=lena, facts__notice__event="help_requested").count()


def test_three_requests_a_day_of_all_unknown_browsers_together_are_mailed(clock, phone, reader, lena):
    for number in range(MAILS_A_DAY + 2):
        asked = asks_anew(Person(lena, ip=f"203.0.113.{number + 1}"), clock)
        assert asked.mailed is (number < MAILS_A_DAY)
    assert (mails(reader), told(lena)) == (MAILS_A_DAY, MAILS_A_DAY)


def test_each_known_browser_has_three_of_its_own(clock, phone, reader, lena):
    stranger = Person(lena)
    for _ in range(MAILS_A_DAY + 1):
        asks_anew(stranger, clock)
    known = [asks_anew(phone, clock).mailed for _ in range(MAILS_A_DAY + 1)]
    assert known == [True] * MAILS_A_DAY + [False]
    assert mails(reader) == 2 * MAILS_A_DAY


def test_after_a_day_the_mails_begin_anew(clock, phone, reader, lena):
    stranger = Person(lena)
    for _ in range(MAILS_A_DAY + 1):
        asks_anew(stranger, clock)
    clock.shift(timedelta(days=1))
    assert asks_anew(stranger, clock).mailed
    assert mails(reader) == MAILS_A_DAY + 1


def test_a_request_that_is_not_mailed_is_on_overview_all_the_same(clock, phone, reader, lena):
    stranger = Person(lena)
    for _ in range(MAILS_A_DAY + 1):
        asks_anew(stranger, clock)
    olivia = Person(reader)
    olivia.log_in()
    assert "Lena Lang asks for help with 2FA" in words(olivia.get("/"))
    assert not HelpRequest.objects.latest("pk").mailed


def test_asking_costs_an_attempt_of_the_second_factor_and_never_a_wrong_code(clock, phone, lena):
    stranger = Person(lena)
    answers = []
    for _ in range(6):
        stranger.post("/logout/")
        stranger.start_login()
        answers.append(stranger.post(HELP).status_code)
    assert answers == [302] * 5 + [429]
    shown = stranger.get(HELP)
    assert shown.status_code == 200
    assert not Attempts.objects.filter(kind=WRONG_CODES, failures__gt=0).exists()
    for _ in range(15):
        clock.shift(timedelta(hours=1))
        stranger.post("/logout/")
        stranger.start_login()
        assert stranger.post(HELP).url == HELP
    lena.refresh_from_db()
    assert lena.password_revoked_at is None
    assert not Attempts.objects.filter(kind=WRONG_CODES, failures__gt=0).exists()


def test_a_stranger_who_asks_on_and_on_costs_the_known_browser_nothing(clock, phone, lena):
    stranger = Person(lena)
    for _ in range(6):
        stranger.post("/logout/")
        stranger.start_login()
        stranger.post(HELP)
    assert phone.start_login().url == "/login/code/"
    clock.shift(LIFETIME)
    phone.post("/logout/")
    assert phone.log_in().url == "/"


def test_asking_while_another_browser_waits_or_twice_in_one_login_costs_nothing(clock, browser, phone, lena):
    ask(browser)
    other = Person(lena, ip="198.51.100.9")
    other.start_login()
    for person in (browser, other) * 4:
        assert person.post(HELP).url == HELP
    assert HelpRequest.objects.count() == 1
    assert Attempts.objects.get(kind="factor", failures__gt=0).failures == 1


def test_an_owner_without_email_gets_no_mail_and_the_page_promises_none(clock, browser, owner, lena):
    ask(browser)
    assert not OutgoingMail.objects.filter(kind="help").exists()
    shown = words(browser.get(HELP))
    assert "Call Olivia Owner" in shown
    assert "can't promise" in shown


def test_a_person_without_email_is_told_at_the_next_login_once_a_mailed_request(clock, phone, reader, lena):
    User.objects.filter(pk=lena.pk).update(email="")
    stranger = Person(lena)
    for _ in range(MAILS_A_DAY + 2):
        asks_anew(stranger, clock)
    assert Notice.objects.filter(user=lena, event="help_requested").count() == MAILS_A_DAY
