"""The name typed for a new key, when the confirmation or the session has expired by the time the key is added."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Session
from tests.factories import PASSWORD, make_member
from tests.people import code_of, words
from tests.twofactor.keys.browser import REGISTER, Browser

pytestmark = pytest.mark.django_db
KEYS, SETUP = "/profile/security/keys/", "/two-factor/setup/"
SHOWN = 'value="Blue at home"'


@pytest.fixture
def nora(member):
    """Has no second factor, and needs none."""
    browser = Browser(make_member(member.contract, "nora", two_factor_required=False))
    browser.log_in()
    return browser


def confirm(browser, *, step, page, **fields):
    """Adds a key too late and confirms, as keys.js leads back to its own page."""
    answer = browser.send(f"{REGISTER}{step}/", {"name": "Blue at home", "page": page})
    assert answer.url.startswith("/confirm/?next=")
    assert browser.post(f"/confirm/?next={page}", {"password": PASSWORD} | fields).url == page


@pytest.mark.parametrize("step", ["options", "verify"])
def test_it_is_shown_once_after_the_confirmation(lena, step):
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        confirm(lena, step=step, page=KEYS, code=code_of(lena.key))
        page = lena.get(KEYS)
        assert SHOWN in page.content.decode()
        assert "maxlength" not in page.content.decode()
        assert "Not saved yet. Check your input and press the button again." in words(page)
        assert SHOWN not in lena.get(KEYS).content.decode()


def test_it_is_shown_at_the_setup_whose_key_is_still_valid(nora):
    nora.read_key()
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        confirm(nora, step="options", page=SETUP)
        assert SHOWN in nora.get(SETUP).content.decode()


def test_it_is_shown_on_the_page_of_keys_before_the_first_one(nora):
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        confirm(nora, step="options", page=KEYS)
        assert SHOWN not in nora.get(SETUP).content.decode()
        nora.post("/confirm/", {"password": PASSWORD})
        assert SHOWN in nora.get(KEYS).content.decode()


@pytest.mark.parametrize("step", ["options", "verify"])
def test_it_is_shown_after_the_login_if_the_session_has_expired(lena, step):
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        answer = lena.send(f"{REGISTER}{step}/", {"name": "Blue at home", "page": KEYS})
        assert answer.url == f"/login/?{urlencode({'next': KEYS, 'ended': 'kept'})}"
        lena.post(answer.url, {"username": lena.username, "password": PASSWORD})
        assert lena.post("/login/code/", {"code": code_of(lena.key)}).url == KEYS
        assert SHOWN in lena.get(KEYS).content.decode()
        assert SHOWN not in lena.get(KEYS).content.decode()


def test_it_is_not_kept_for_who_sends_no_csrf_token(lena):
    lena.client.handler.enforce_csrf_checks = True
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        answer = lena.send(f"{REGISTER}options/", {"name": "Blue at home", "page": KEYS})
        assert answer.url == f"/login/?{urlencode({'next': KEYS, 'ended': 'not-sent'})}"
        assert Session.objects.filter(user__username=lena.username).exists(), "it was not replaced"


@pytest.mark.parametrize("page", [SETUP, "/nowhere/", "//evil.example", 7])
def test_no_other_page_is_led_back_to(lena, page):
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        answer = lena.send(f"{REGISTER}options/", {"name": "Blue at home", "page": page})
        assert answer.url == "/login/?ended=session"


@pytest.mark.parametrize("body", [{"page": 7, "name": ["x"]}, {"name": "x" * 25_000, "page": KEYS}, [1], {}])
def test_what_is_no_form_is_no_error(lena, body):
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert lena.send(f"{REGISTER}options/", body).url.startswith("/confirm/")
