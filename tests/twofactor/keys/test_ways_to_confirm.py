"""`/confirm/` names the ways that it offers to this account."""

import pytest
from django.test import override_settings
from django.utils import timezone

from accounts.models import User
from tests.factories import make_member
from tests.people import words
from tests.twofactor.keys.browser import Browser
from tests.twofactor.keys.token import Token
from twofactor.keys.models import SecurityKey

pytestmark = pytest.mark.django_db
AGAIN = "You won't be asked again for 5 minutes."
BY_APP = "Confirm your password and enter a code from your app or a recovery code."
BY_RECOVERY_CODE = "Confirm your password and enter a recovery code."


def sentence(browser):
    """The text between the heading and the first field."""
    page = words(browser.get("/confirm/"))
    return (
        page[page.index("Confirm access", page.index("Confirm access") + 1) + len("Confirm access") :]
        .split(AGAIN)[0]
        .strip()
    )


def asked_for(browser):
    """The visible fields of the page."""
    page = browser.get("/confirm/").content.decode()
    return {name for name in ("password", "code", "recovery_code") if f'name="{name}"' in page}


@pytest.fixture
def kim(member):
    """Has a key and no app."""
    browser = Browser(make_member(member.contract, "kim"))
    browser.start_login()
    browser.register(Token())
    browser.post("/two-factor/activated/")
    return browser


def test_without_2fa_it_asks_for_the_password(member):
    browser = Browser(make_member(member.contract, "nora", two_factor_required=False))
    browser.start_login()
    assert sentence(browser) == "Confirm your password to continue."


def test_with_an_app_it_asks_for_a_code_too(member):
    assert sentence(Browser(member).enrol()) == BY_APP


def test_a_key_is_named_first_because_it_can_be_enough(lena, kim):
    key = "Use your security key or passkey, or confirm your password and enter"
    assert sentence(lena) == f"{key} a code from your app or a recovery code."
    assert sentence(kim) == f"{key} a recovery code."
    assert asked_for(kim) == {"password", "recovery_code"}


def test_a_blocked_password_is_no_way(lena):
    User.objects.filter(username="lena").update(password_revoked_at=timezone.now())
    blocked = "Your password is blocked because it may be compromised. Use your security key or passkey."
    assert sentence(lena) == blocked
    assert asked_for(lena) == set()


def test_with_a_blocked_password_and_keys_alone_no_recovery_code_is_asked_for(kim):
    User.objects.filter(username="kim").update(password_revoked_at=timezone.now())
    assert asked_for(kim) == set()
    page = words(kim.get("/confirm/"))
    assert "Security keys need JavaScript." in page
    assert "recovery code" not in page


def test_where_no_key_is_left_either_a_new_password_is_the_way(member):
    browser = Browser(member).enrol()
    User.objects.filter(username="lena").update(password_revoked_at=timezone.now())
    page = sentence(browser)
    assert page.startswith("Your password is blocked because it may be compromised. Log out and choose a new one")
    assert asked_for(browser) == set()


def test_keys_of_another_host_are_not_named(lena):
    SecurityKey.objects.update(rp_id="old.example.com")
    assert sentence(lena) == BY_APP
    assert "Use a security key" not in words(lena.get("/confirm/"))


@pytest.mark.parametrize(("name", "ways"), [("lena", BY_APP), ("kim", BY_RECOVERY_CODE)])
def test_a_key_is_not_named_at_an_address_where_none_works(lena, kim, name, ways):
    with override_settings(PUBLIC_URL="http://127.0.0.1:8000"):
        assert sentence({"lena": lena, "kim": kim}[name]) == ways
    assert SecurityKey.objects.count() == 2
