"""Security keys and passkeys in Chromium, by its virtual authenticator."""

import pytest
from django.test import override_settings

from tests.factories import PASSWORD
from twofactor.keys.models import SecurityKey

PASSKEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(autouse=True)
def _at_this_origin(live_server):
    with override_settings(PUBLIC_URL=live_server.url):
        yield


def with_authenticator(window, **changes):
    devtools = window.context.new_cdp_session(window.page)
    devtools.send("WebAuthn.enable", {"enableUI": False})
    options = PASSKEY | changes
    added = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, added["authenticatorId"]


def type_password(page, username):
    page.goto("/login/")
    page.get_by_label("Username").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def log_out(page):
    page.wait_for_load_state("networkidle")  # a navigation under way would be taken for this one
    page.goto("/profile/")
    page.get_by_role("button", name="Log out").first.click()


def set_up_a_key(page, username):
    type_password(page, username)
    page.wait_for_url("**/two-factor/setup/")
    page.get_by_role("button", name="Add a key").click()
    page.wait_for_url("**/two-factor/activated/")
    page.get_by_label("I have saved these codes").check()
    page.get_by_role("button", name="Next").click()
    page.wait_for_url(lambda url: url.endswith("/"))


def test_a_passkey_sets_up_confirms_and_logs_in_from_the_browsers_own_list(world, open_window):
    window = open_window()
    page = window.page
    with_authenticator(window)
    set_up_a_key(page, "paul")
    key = SecurityKey.objects.get()
    assert (key.discoverable, key.verified) == (True, True)

    page.goto("/confirm/?next=/profile/")
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url("**/profile/")

    log_out(page)
    page.wait_for_url(f"{window.url}/")  # the authenticator takes what the list offers
    page.goto("/profile/security/keys/")
    assert page.get_by_role("rowheader", name=key.name).count() == 1


def test_a_key_without_a_list_is_the_second_step_and_a_spoilt_signature_is_told(world, open_window):
    window = open_window()
    page = window.page
    devtools, authenticator = with_authenticator(window, hasResidentKey=False, hasUserVerification=False)
    set_up_a_key(page, "paul")
    log_out(page)
    type_password(page, "paul")
    page.wait_for_url("**/login/code/")
    devtools.send("WebAuthn.setResponseOverrideBits", {"authenticatorId": authenticator, "isBogusSignature": True})
    page.get_by_role("button", name="Use a security key").click()
    page.get_by_text("The security key could not be checked. Try again.").wait_for()
    devtools.send("WebAuthn.setResponseOverrideBits", {"authenticatorId": authenticator, "isBogusSignature": False})
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(f"{window.url}/")
    window.complaints.clear()  # of the refusal, which is a 400
