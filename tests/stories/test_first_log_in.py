"""The story that must always work, through the real pages with real codes."""

import re

import pytest
from django.db import OperationalError, connection

from accounts.models import AuditRow, Event, User
from tests.factories import make_member
from tests.people import Person, code_of, words
from twofactor.models import Authenticator, RecoveryCode

pytestmark = pytest.mark.django_db
STEPS = (
    "Step 1 Install an authenticator app",
    "Step 2 Scan the QR code",
    "Step 3 Finish in the app",
    "Step 4 Enter the code",
)


@pytest.fixture
def lena(owner) -> Person:
    return Person(make_member(owner.contracts.get()))


def test_a_user_of_whom_it_is_required_is_held_at_the_set_up(lena):
    assert lena.start_login().url == "/two-factor/setup/"
    for address in ("/", "/contracts/", "/profile/", "/profile/security/", "/management/users/", "/confirm/"):
        assert lena.get(address).url == "/two-factor/setup/", address
        assert lena.post(address).url == "/two-factor/setup/", address
    page = words(lena.get("/two-factor/setup/"))
    for text in (*STEPS, "Olivia Owner", "Alpha Hosting", "Any TOTP app"):
        assert text in page
    assert "works without internet" in page


def test_each_heading_of_the_setup_says_what_to_do(lena):
    lena.start_login()
    headings = re.findall(r"<h2>(.*?)</h2>", lena.get("/two-factor/setup/").content.decode())
    assert tuple(re.sub(r"<[^>]+>", "", heading) for heading in headings[:4]) == STEPS


def test_the_right_code_shows_ten_recovery_codes_until_next(lena):
    lena.enrol()
    assert len(set(lena.codes)) == 10
    page = lena.get("/two-factor/activated/")
    assert page.status_code == 302
    assert lena.is_in()


def test_next_opens_the_page_first_asked_for(lena):
    assert lena.get("/management/users/?q=x").url == "/login/?next=%2Fmanagement%2Fusers%2F%3Fq%3Dx"
    lena.start_login(next="/management/users/?q=x")
    lena.key = lena.read_key()
    lena.post("/two-factor/setup/", {"code": code_of(lena.key)})
    assert lena.post("/two-factor/activated/").url == "/management/users/?q=x"


def test_from_then_on_the_code_is_asked_each_time(lena):
    lena.enrol()
    lena.post("/logout/")
    assert not lena.is_in()
    assert lena.start_login().url == "/login/code/"
    assert not lena.is_in()
    assert lena.post("/login/code/", {"code": code_of(lena.key)}).url == "/"
    assert lena.is_in()


def test_log_in_once_spends_one_recovery_code_and_keeps_the_rest(lena):
    lena.enrol()
    phone_lost = lena.another_browser()
    phone_lost.start_login()
    answer = phone_lost.post("/login/recovery/", {"recovery_code": lena.codes[0], "action": "sign_in"})
    assert answer.url == "/"
    assert phone_lost.is_in()
    used, login = AuditRow.objects.order_by("pk")[AuditRow.objects.count() - 2 :]
    assert (used.event, used.detail) == (Event.RECOVERY_CODE_USED, {"left": 9})
    assert (login.event, login.detail) == (Event.SIGN_IN, {"with": "recovery_code"})
    again = lena.another_browser()
    again.start_login()
    answer = again.post("/login/recovery/", {"recovery_code": lena.codes[0], "action": "sign_in"})
    assert "is incorrect or was already used" in words(answer)
    assert again.post("/login/recovery/", {"recovery_code": lena.codes[1].lower(), "action": "sign_in"}).url == "/"


def test_disable_leads_to_the_set_up_where_2fa_is_required(lena):
    lena.enrol()
    phone_lost = lena.another_browser()
    phone_lost.start_login()
    answer = phone_lost.post("/login/recovery/", {"recovery_code": lena.codes[0], "action": "disable"})
    assert answer.url == "/two-factor/setup/"
    assert AuditRow.objects.get(event=Event.RECOVERY_CODE_USED).detail == {}
    assert not phone_lost.is_in()
    assert phone_lost.read_key() != lena.key
    assert not lena.is_in()


def test_the_panel_opens_at_once_for_whom_it_is_not_required(owner):
    nina = Person(make_member(owner.contracts.get(), "nina", two_factor_required=False))
    assert nina.start_login().url == "/"
    assert nina.is_in()


def test_each_step_is_in_the_log(lena):
    lena.enrol()
    events = list(AuditRow.objects.values_list("event", flat=True).order_by("id"))
    assert events == ["two_factor_activated", "sign_in"]


def away_at_the_new_session(execute, sql, params, many, context):
    if sql.startswith('INSERT INTO "accounts_session"'):
        raise OperationalError("away")
    return execute(sql, params, many, context)


def test_a_fault_after_the_right_code_leaves_nobody_with_an_authenticator_and_without_codes(lena):
    """Activation, login and the codes that are shown are one transaction: the same page works once more."""
    lena.start_login()
    lena.key = lena.read_key()
    lena.client.raise_request_exception = False
    with connection.execute_wrapper(away_at_the_new_session):
        assert lena.post("/two-factor/setup/", {"code": code_of(lena.key)}).status_code == 503
    user = User.objects.get(username="lena")
    assert not user.two_factor_active
    assert not Authenticator.objects.exists()
    assert not RecoveryCode.objects.exists()
    lena.client.raise_request_exception = True
    assert lena.post("/two-factor/setup/", {"code": code_of(lena.key)}).url == "/two-factor/activated/"
    assert lena.is_in()
