"""`/logout/`: asks by GET, ends the session by POST alone."""

import pytest

from accounts.models import AuditRow, Event
from tests.factories import make_member
from tests.people import Person, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def lena(contract):
    person = Person(make_member(contract, two_factor_required=False))
    person.log_in()
    return person


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_link_to_it_logs_nobody_out(lena, method):
    for _ in range(2):
        assert getattr(lena.client, method)("/logout/", {"next": "/profile/"}).status_code == 200
    assert lena.is_in()
    assert not AuditRow.objects.filter(event=Event.SIGN_OUT).exists()


def test_the_question_offers_both_and_its_form_logs_out(lena):
    page = lena.get("/logout/")
    assert "Log out? This ends your session in the panel and in every application." in words(page)
    assert 'href="/">Stay logged in</a>' in page.content.decode()
    assert lena.post("/logout/").url == "/login/"
    assert not lena.is_in()
    assert AuditRow.objects.filter(event=Event.SIGN_OUT).count() == 1


def test_whoever_is_not_logged_in_is_led_to_the_login(lena, contract):
    half = Person(make_member(contract, "half"))
    half.start_login()  # has to set up 2FA
    for person in (lena.another_browser(), half):
        assert person.get("/logout/").url == "/login/"
    assert half.get("/two-factor/setup/").status_code == 200


def test_who_logs_out_during_a_login_is_told_so(contract):
    half = Person(make_member(contract, "half"))
    half.start_login()
    assert half.post("/logout/").url == "/login/"
    assert "You have logged out." in words(half.get("/login/"))
    assert half.get("/").url == "/login/"  # no session of theirs has ended


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_no_other_method_is_answered(lena, method):
    assert getattr(lena.client, method)("/logout/").status_code == 405
    assert lena.is_in()
