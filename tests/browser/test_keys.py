"""Security keys and passkeys in Chromium, by its virtual authenticator."""

import re
import time

import pytest
from django.test import override_settings
from playwright.sync_api import expect

from accounts.models import Session
from tests.browser.authenticators import PLAIN_KEY, Authenticators
from tests.browser.steps import button, said
from tests.browser.steps import log_out as leave
from tests.browser.world import made_stale
from tests.factories import PASSWORD, make_application
from tests.twofactor.keys.browser import AUTHENTICATE
from twofactor.keys.models import SecurityKey
from twofactor.login.freshness import CONFIRMED_AT

pytestmark = pytest.mark.browser
NEEDS_ONE = "%(application)s needs a security key or passkey. Add one here to open the application."
NEEDS_YOURS = "%(application)s needs your security key or passkey. A password or code alone is not enough."


@pytest.fixture(autouse=True)
def _at_this_origin(live_server):
    with override_settings(PUBLIC_URL=live_server.url):
        yield


def type_password(page, username):
    page.goto("/login/")
    page.get_by_label("Username").fill(username)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def log_out(page):
    page.wait_for_load_state("networkidle")  # a navigation under way would be taken for this one
    page.goto("/profile/")
    leave(page)


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
    Authenticators(window).add()
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
    plugged = Authenticators(window)
    key = plugged.add(**PLAIN_KEY)
    set_up_a_key(page, "paul")
    log_out(page)
    type_password(page, "paul")
    page.wait_for_url("**/login/code/")
    plugged.set("ResponseOverrideBits", key, isBogusSignature=True)
    page.get_by_role("button", name="Use a security key").click()
    page.get_by_text("The security key could not be checked. Try again.").wait_for()
    plugged.set("ResponseOverrideBits", key, isBogusSignature=False)
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(f"{window.url}/")
    window.complaints.clear()  # of the refusal, which is a 400


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_wait_counts_down_and_gives_the_button_back(world, open_window, language):
    kim = world.kim_pending
    for _ in range(4):
        kim.send(f"{AUTHENTICATE}verify/", {"credential": {"id": "x"}})
    window = open_window(locale=language)
    page = window.enter(kim)
    page.clock.install()
    page.goto("/login/code/")
    page.evaluate("navigator.credentials.get = async () => ({ toJSON: () => ({ id: 'x' }) })")
    use = button(page, "Use a security key", language)
    use.click()
    place = page.locator("[data-key-error]")
    expect(place).to_contain_text(said("The security key could not be checked.", language))
    expect(use).to_be_disabled()
    page.clock.fast_forward(11_000)
    expect(place).to_contain_text(re.compile(r" 1\d (seconds|Sekunden)"))
    page.clock.fast_forward(20_000)
    expect(place).to_have_text(said("You can try again now.", language))
    expect(use).to_be_enabled()
    window.complaints.clear()  # of the refusal, which is a 400


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "de")])
def test_an_application_that_needs_a_key_leads_to_one_and_opens(world, open_window, scheme, language):
    window = open_window(color_scheme=scheme, locale=language)
    page = window.page
    origin = window.url.replace("//localhost", "//grafana.localhost")
    application = make_application(world.contract, origin, needs="passkey")
    Authenticators(window).add(hasResidentKey=False)
    visits = application.visits

    page.goto(f"{origin}/.cloudpanel/start?next=/first")
    page.locator("input[name=username]").fill("nina")
    page.locator("input[name=password]").fill(PASSWORD)
    button(page, "Log in", language).click()
    page.wait_for_url("**/two-factor/setup/")
    page.get_by_text(said(NEEDS_ONE, language, application="Grafana")).wait_for()
    button(page, "Add a key", language).click()
    page.wait_for_url("**/two-factor/activated/")
    page.get_by_role("checkbox").check()
    button(page, "Next", language).click()
    page.wait_for_url(f"{origin}/first")  # the live server is no proxy, so the panel answers: nothing is here
    assert visits.count() == 1

    Session.objects.update(methods="pwd otp")  # as if they had logged in without the key
    page.goto(f"{origin}/.cloudpanel/start?next=/second")
    page.get_by_text(said(NEEDS_YOURS, language, application="Grafana")).wait_for()
    button(page, "Use a security key", language).click()
    page.wait_for_url(f"{origin}/second")
    assert visits.count() == 2
    window.complaints.clear()  # the other host is meant


@pytest.mark.parametrize(
    ("who", "path", "label"),
    [
        (None, "/login/", "Log in with a passkey"),
        ("kim_pending", "/login/code/", "Use a security key"),
        ("kim", "/profile/security/keys/", "Add a key"),
    ],
)
def test_at_another_address_the_page_says_where_keys_work(world, open_window, who, path, label):
    window = open_window()
    page = window.enter(getattr(world, who)) if who else window.page
    with override_settings(PUBLIC_URL="http://localhost:1"):
        page.goto(path)
    expect(page.get_by_text("Security keys work at http://localhost:1 only.")).to_be_visible()
    expect(page.get_by_role("button", name=label)).to_have_count(0)


@pytest.mark.parametrize(("who", "path"), [("kim_pending", "/login/code/"), ("kim_stale", "/confirm/")])
def test_with_keys_alone_the_button_is_first_and_focused(world, open_window, who, path):
    page = open_window().enter(getattr(world, who))
    page.goto(path)
    button = page.get_by_role("button", name="Use a security key")
    expect(button).to_be_focused()
    assert page.locator("main button").first.inner_text() == "Use a security key"


@pytest.mark.parametrize(
    ("who", "path", "sentence"),
    [
        ("kim_pending", "/login/code/", "Security keys need JavaScript. Without it, use a recovery code or ask"),
        ("kim_stale", "/confirm/", "Security keys need JavaScript. Without it, use a recovery code or ask"),
        ("kim", "/profile/security/keys/", "Adding a key needs JavaScript."),
        ("paul", "/two-factor/setup/", "Adding a key needs JavaScript."),
    ],
)
def test_without_script_pages_say_what_to_do(world, open_window, who, path, sentence):
    page = open_window(java_script_enabled=False).enter(getattr(world, who))
    page.goto(path)
    assert sentence in page.locator("main").inner_text()
    for label in ("Use a security key", "Add a key"):
        expect(page.get_by_role("button", name=label)).to_have_count(0)


def test_a_browser_that_knows_no_keys_says_so(world, open_window):
    window = open_window()
    window.page.add_init_script("delete window.PublicKeyCredential")
    page = window.enter(world.kim_pending)
    page.goto("/login/code/")
    expect(page.get_by_text("This browser can't use security keys.")).to_be_visible()
    expect(page.get_by_role("button", name="Use a security key")).to_have_count(0)
    expect(page.get_by_role("link", name="Use a recovery code")).to_be_visible()


def test_a_confirmation_leads_back_to_the_name_of_the_new_key(world, open_window):
    page = open_window().enter(world.kim)
    page.goto("/profile/security/keys/")
    made_stale(world.kim)
    page.get_by_label("Name of the new key").fill("Blue at home")
    page.get_by_role("button", name="Add a key").click()
    page.wait_for_url("**/confirm/?next=%2Fprofile%2Fsecurity%2Fkeys%2F")
    confirm(world.kim)
    page.goto("/profile/security/keys/")
    expect(page.get_by_label("Name of the new key")).to_have_value("Blue at home")


def confirm(person):
    session = person.client.session
    session[CONFIRMED_AT] = int(time.time())
    session.save()
