"""CASES: no way out without the phone, weakening without proof, recovery codes used twice."""

import pytest

from accounts.models import AuditRow, User
from tests.commits import commits  # noqa: F401
from tests.factories import PASSWORD, make_member
from tests.people import Person, code_of
from twofactor.factors import recovery_codes
from twofactor.models import Authenticator, RecoveryCode

NEW = "seven brave otters juggle"


@pytest.fixture
def volunteer(clock, contract) -> Person:
    """N with 2FA active by choice, at another browser than the one it was set up in."""
    person = Person(make_member(contract, "nina")).enrol()
    User.objects.filter(username="nina").update(two_factor_required=False, email="nina@example.com")
    clock.shift(60)
    return person


def by_recovery_code(person: Person, code: str, action: str = "sign_in"):
    browser = person.another_browser()
    browser.start_login()
    return browser, browser.post("/login/recovery/", {"recovery_code": code, "action": action})


def test_c20_a_recovery_code_logs_in_once(active):
    assert by_recovery_code(active, active.codes[0])[1].url == "/"
    for action in ("sign_in", "disable"):
        browser, answer = by_recovery_code(active, active.codes[0], action)
        assert answer.status_code == 200
        assert not browser.is_in()
    assert recovery_codes.left(User.objects.get(username="ute")) == 9
    assert Authenticator.objects.count() == 1


def test_c40_who_logged_in_by_recovery_code_can_switch_it_off(volunteer, clock):
    browser, answer = by_recovery_code(volunteer, volunteer.codes[0])
    assert answer.url == "/"
    clock.shift(301)
    assert browser.post("/two-factor/disable/").url.startswith("/confirm/")
    again = {"password": PASSWORD, "recovery_code": volunteer.codes[1], "next": "/two-factor/disable/"}
    assert browser.post("/confirm/", again).url == "/two-factor/disable/"
    assert browser.post("/two-factor/disable/").url == "/profile/security/"
    assert browser.is_in()
    assert not RecoveryCode.objects.exists()
    assert volunteer.another_browser().start_login().url == "/"


def test_c40_disable_at_the_log_in_leads_into_the_panel_or_to_the_set_up(volunteer, active):
    browser, answer = by_recovery_code(volunteer, volunteer.codes[0], "disable")
    assert answer.url == "/"
    assert browser.is_in()
    browser, answer = by_recovery_code(active, active.codes[0], "disable")
    assert answer.url == "/two-factor/setup/"
    assert not browser.is_in()
    assert not RecoveryCode.objects.exists()
    assert not Authenticator.objects.exists()


OWN = [
    ("/two-factor/disable/", {}, "two_factor_disabled"),
    ("/two-factor/recovery-codes/", {}, "recovery_codes_made"),
    (
        "/profile/password/",
        {"current_password": PASSWORD, "new_password1": NEW, "new_password2": NEW},
        "user_password",
    ),
    ("/profile/email/", {"email": ""}, "user_email"),
]
OWNERS = [
    ("two-factor-required", {"required": "no"}, "two_factor_required"),
    ("two-factor-reset", {}, "two_factor_reset"),
    ("password", {"password1": NEW, "password2": NEW}, "user_password"),
    ("email", {"email": ""}, "user_email"),
]


def is_as_it_was(username: str, before: dict) -> bool:
    return User.objects.filter(username=username).values().get() == before


def change(person: Person, address: str, data: dict, event: str, mailoutbox: list) -> None:
    """Once the proof is fresh: one change, one row, one mail."""
    rows = AuditRow.objects.filter(event=event)
    written = rows.count()
    mailoutbox.clear()
    assert person.post(address, data).status_code == 302
    assert rows.count() == written + 1
    assert [message.to for message in mailoutbox] == [["nina@example.com"]]


@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize(("address", "data", "event"), OWN)
def test_c41_an_open_session_weakens_nothing_of_its_own(address, data, event, volunteer, clock, mailoutbox):
    browser = volunteer.another_browser()
    browser.log_in()
    clock.shift(301)
    before = User.objects.filter(username="nina").values().get()
    assert browser.post(address, data).url.startswith("/confirm/")
    assert browser.get(address).url.startswith("/confirm/")
    assert browser.post("/confirm/", {"password": PASSWORD, "next": address}).status_code == 200
    assert browser.post("/confirm/", {"password": PASSWORD, "code": "000000", "next": address}).status_code == 200
    assert browser.post(address, data).url.startswith("/confirm/")
    assert is_as_it_was("nina", before)
    fresh = {"password": PASSWORD, "code": code_of(volunteer.key), "next": address}
    assert browser.post("/confirm/", fresh).url == address
    change(browser, address, data, event, mailoutbox)


@pytest.mark.usefixtures("commits")
@pytest.mark.parametrize(("name", "data", "event"), OWNERS)
def test_c41_an_owners_open_session_weakens_nobody(name, data, event, volunteer, olivia, clock, mailoutbox):
    address = f"/management/users/{User.objects.get(username='nina').pk}/{name}/"
    clock.shift(301)
    before = User.objects.filter(username="nina").values().get()
    assert olivia.post(address, data).url.startswith("/confirm/")
    assert is_as_it_was("nina", before)
    assert olivia.post("/confirm/", {"password": PASSWORD, "next": address}).url == address
    change(olivia, address, data, event, mailoutbox)
