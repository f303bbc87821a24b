"""The story of security keys and passkeys in Chromium, from the first setup to the owner who takes them away."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Session, User
from tests.browser.authenticators import PLAIN_KEY, Authenticators
from tests.browser.reading import code_from, scan
from tests.browser.steps import button, said
from tests.factories import PASSWORD
from tests.people import CODE
from twofactor.keys.models import SecurityKey

pytestmark = pytest.mark.browser
KEYS, SETUP, ACTIVATED = "/profile/security/keys/", "/two-factor/setup/", "/two-factor/activated/"
METHODS = {"en": "App, 1 key", "de": "App, 1 Schlüssel"}
LOOKS = [("light", "en"), ("dark", "de")]


class Story:
    """Paul at one window, in one language."""

    def __init__(self, window, language: str) -> None:
        self.window, self.page, self.language = window, window.page, language

    def say(self, text: str, **values) -> str:
        return said(text, self.language, **values)

    def press(self, text: str) -> None:
        button(self.page, text, self.language).click()

    def at(self, path: str) -> None:
        self.page.wait_for_url(f"{self.window.url}{path}")
        self.page.wait_for_load_state("networkidle")

    def type_password(self) -> None:
        self.page.goto("/login/")
        self.page.locator("[name=username]").fill("paul")
        self.page.locator("[name=password]").fill(PASSWORD)
        self.press("Log in")

    def leave(self) -> None:
        self.page.goto("/logout/")
        self.press("Log out")

    def log_out(self) -> None:
        self.leave()
        self.page.wait_for_url("**/login/")

    def keep_the_codes(self) -> list[str]:
        self.at(ACTIVATED)
        codes = CODE.findall(self.page.locator("#codes").inner_text())
        self.page.get_by_role("checkbox").check()
        self.press("Next")
        self.page.wait_for_url(lambda url: "activated" not in url)
        return codes

    def add_a_key(self, name: str) -> None:
        self.page.locator("[name=name]").fill(name)
        self.press("Add a key")


@pytest.fixture(params=LOOKS, ids=["light-en", "dark-de"])
def story(request, world, open_window):
    scheme, language = request.param
    window = open_window(color_scheme=scheme, locale=language)
    yield Story(window, language)
    window.complaints[:] = [each for each in window.complaints if "status of 400" not in each]


def names(page: Page) -> list[str]:
    return [each.strip() for each in page.get_by_role("rowheader").all_inner_texts()]


def test_keys_from_the_first_setup_to_the_last_login(story, world, open_window):
    page, plugged = story.page, Authenticators(story.window)
    phone = plugged.add()

    story.type_password()
    story.at("/two-factor/setup/")
    story.add_a_key("My phone")
    story.keep_the_codes()
    story.at("/")

    page.goto(KEYS)
    story.add_a_key("My phone again")
    expect(page.get_by_text(story.say("This key is already registered."))).to_be_visible()
    plugged.touch(phone, wanted=False)
    key_ring = plugged.add(**PLAIN_KEY)
    page.goto(KEYS)
    story.add_a_key("My key ring")
    expect(page.get_by_role("rowheader")).to_have_count(2)
    assert names(page) == ["My phone", "My key ring"]

    page.goto(SETUP)
    app = scan(page)
    page.locator("[name=code]").fill(code_from(app))
    codes = story.keep_the_codes()

    every_second_step(story, app, codes[0])
    plugged.remove(key_ring)
    plugged.touch(phone, wanted=True)
    without_a_password(story)
    confirm_and_remove(story)
    the_owner_takes_all_away(story, world, open_window)


def every_second_step(story: Story, app: str, recovery_code: str) -> None:
    """By the key, by the code of the app, and by a recovery code."""
    page = story.page
    story.log_out()
    story.type_password()
    story.at("/login/code/")
    story.press("Use a security key")
    story.at("/")
    story.log_out()
    story.type_password()
    story.at("/login/code/")
    page.locator("[name=code]").fill(code_from(app, 1))
    story.at("/")
    story.log_out()
    story.type_password()
    story.at("/login/code/")
    page.get_by_role("link", name=story.say("Use a recovery code")).click()
    page.locator("[name=recovery_code]").fill(recovery_code)
    story.press("Log in once")
    story.at("/")


def without_a_password(story: Story) -> None:
    """From the browser's own list, which the phone answers as soon as the page is open; then by the button."""
    story.leave()
    story.at("/")
    assert Session.objects.filter(signed_in=True, methods="hwk user").count() == 1
    story.page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
    story.log_out()
    story.press("Log in with a passkey")
    story.at("/")


def confirm_and_remove(story: Story) -> None:
    page = story.page
    page.goto(f"/confirm/?next={KEYS}")
    story.press("Use a security key")
    story.at(KEYS)
    row = page.get_by_role("row").filter(has_text="My key ring")
    row.get_by_role("link", name=story.say("Remove")).click()
    story.press("Remove")
    story.at(KEYS)
    assert names(page) == ["My phone"]


def the_owner_takes_all_away(story: Story, world, open_window) -> None:
    owner = open_window(locale=story.language).enter(world.olivia)
    owner.goto(f"/management/users/{world.pending.pk}/")
    expect(owner.get_by_text(METHODS[story.language]).filter(visible=True).first).to_be_visible()
    act = "two-factor-reset" if story.language == "de" else "two-factor-required"
    owner.goto(f"/management/users/{world.pending.pk}/{act}/")
    if act == "two-factor-required":
        owner.locator("[name=required][value=no]").check()
    owner.locator("main form button.primary, main form button.danger").first.click()
    owner.wait_for_load_state("networkidle")
    assert not SecurityKey.objects.exists()
    assert not User.objects.get(pk=world.pending.pk).two_factor_active
    story.page.goto("/profile/")
    expect(story.page).to_have_url(re.compile("/login/"))
