"""The first impression: everything of the setup in view, six digits that send themselves, waits that count down."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import AuditRow
from tests.browser.reading import code_from, scan
from tests.browser.steps import enter_code, leave_the_codes
from tests.browser.test_every_page import too_wide
from tests.browser.window import PHONE
from tests.people import code_of

pytestmark = pytest.mark.browser

SMALL_DESK = {"width": 1366, "height": 768}
ATTEMPTS = {"event": "sign_in_code", "outcome": "failed"}


def is_in_view(page: Page, selector: str) -> bool:
    box = page.locator(selector).bounding_box()
    return box["y"] >= 0 and box["y"] + box["height"] <= page.viewport_size["height"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_on_a_small_desk_qr_code_key_and_code_field_are_seen_without_scrolling(language, world, open_window):
    page = open_window(viewport=SMALL_DESK, locale=language).enter(world.paul)
    page.goto("/two-factor/setup/")
    for thing in (".qr", "#key", "[name=code]", "form .primary"):
        assert is_in_view(page, thing), thing
    expect(page.locator("[name=code]")).to_be_focused()
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize("language", ["en", "de"])
def test_on_a_phone_step_1_is_one_line_and_link_and_key_come_before_the_qr_code(language, world, open_window):
    page = open_window(viewport=PHONE, locale=language).enter(world.paul)
    page.goto("/two-factor/setup/")
    assert page.locator(".step").first.bounding_box()["height"] < 64
    top = {thing: page.locator(thing).bounding_box()["y"] for thing in ("a[href^=otpauth]", "#key", ".qr")}
    assert top["a[href^=otpauth]"] < top["#key"] < top[".qr"]
    assert page.evaluate("document.activeElement === document.body && scrollY === 0")
    page.locator("summary").first.click()
    expect(page.locator(".step-more p").first).to_be_visible()


def test_without_script_step_1_is_open(world, open_window):
    page = open_window(viewport=SMALL_DESK, java_script_enabled=False).enter(world.paul)
    page.goto("/two-factor/setup/")
    expect(page.locator(".step-more p").first).to_be_visible()


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_window_that_becomes_narrow_still_shows_the_whole_of_step_1(language, world, open_window):
    page = open_window(viewport=SMALL_DESK, locale=language).enter(world.paul)
    page.goto("/two-factor/setup/")
    expect(page.locator(".step-more p").first).to_be_visible()
    page.set_viewport_size(PHONE)
    assert too_wide(page) == []


def test_the_minutes_of_the_key_count_down(world, open_window):
    page = open_window().enter(world.paul)
    page.clock.install()
    page.goto("/two-factor/setup/")
    line = page.get_by_role("timer")
    expect(line).to_have_text("This key is valid for 15 more minutes")
    page.clock.fast_forward("01:30")
    expect(line).to_have_text("This key is valid for 14 more minutes")
    page.clock.fast_forward("12:45")
    expect(line).to_have_text("This key is valid for 1 more minute")
    page.clock.fast_forward("01:00")
    expect(line).to_have_text("This key is no longer valid. Reload the page to get a new one.")


def test_six_digits_are_sent_by_themselves_also_when_they_are_pasted(world, open_window):
    page = open_window(permissions=["clipboard-read", "clipboard-write"]).enter(world.pending_login)
    page.goto("/login/code/")
    code = code_of(world.lena.key)
    page.evaluate("text => navigator.clipboard.writeText(text)", f"{code[:3]} {code[3:]}")
    page.get_by_label("Code").press("Control+V")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def test_after_a_refusal_nothing_is_sent_until_somebody_typed(world, open_window):
    page = open_window().enter(world.pending_login)
    page.goto("/login/code/")
    enter_code(page, "000000", "Log in")
    page.get_by_label("Code").fill("000000")  # as a phone does it by itself, without a key being pressed
    page.wait_for_timeout(800)
    assert AuditRow.objects.filter(**ATTEMPTS).count() == 1
    page.get_by_label("Code").fill("")
    page.get_by_label("Code").press_sequentially(code_of(world.lena.key))
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def test_confirm_is_sent_by_the_sixth_digit_only_when_the_password_is_there(world, open_window):
    page = open_window().enter(world.stale)
    page.goto("/confirm/?next=/profile/security/")
    if not page.get_by_label("Code", exact=True).count():
        pytest.skip("this account has no authenticator")
    page.get_by_label("Code", exact=True).fill("000000")
    page.wait_for_timeout(800)
    expect(page.get_by_role("heading", name="Confirm access")).to_be_visible()
    assert not page.locator("[aria-invalid=true]").count()


def test_a_wait_counts_down_and_gives_the_button_back(world, open_window):
    page = open_window().enter(world.hasty)
    page.clock.install()
    page.goto("/two-factor/setup/")
    page.get_by_label("Code").fill("12345")
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("button", name="Activate")).to_be_disabled()
    shown = page.locator("[data-wait]").inner_text()
    page.clock.fast_forward(5_000)
    expect(page.locator("[data-wait]")).not_to_have_text(shown)
    assert re.fullmatch(r"\d+ seconds?", page.locator("[data-wait]").inner_text())
    page.clock.fast_forward(60_000)
    expect(page.get_by_text("You can try again now.")).to_be_visible()
    expect(page.get_by_role("button", name="Activate")).to_be_enabled()


def test_a_new_phone_ends_at_security_with_a_sentence(world, open_window):
    page = open_window().enter(world.lena)
    page.goto("/two-factor/setup/")
    enter_code(page, code_from(scan(page)), "Activate")
    leave_the_codes(page)
    expect(page).to_have_url(re.compile("/profile/security/$"))
    expect(page.get_by_text("The new phone is active. The old one no longer works.")).to_be_visible()


def test_a_login_with_a_recovery_code_says_how_many_are_left_and_leads_to_a_new_phone(world, open_window):
    page = open_window().enter(world.pending_login)
    page.goto("/login/recovery/")
    page.get_by_label("Recovery code").fill(world.lena.codes[0])
    page.get_by_role("button", name="Log in once").click()
    expect(page.get_by_text("9 codes left. Phone lost? Set up a new one.")).to_be_visible()
    page.get_by_role("link", name="Set up a new one.").click()
    expect(page).to_have_url(re.compile("/two-factor/setup/$"))
    page.get_by_role("link", name="Cancel").click()
    expect(page).to_have_url(re.compile("/profile/security/$"))


@pytest.mark.parametrize("language", ["en", "de"])
def test_whoever_has_a_key_is_led_past_the_app_to_it(language, world, open_window):
    page = open_window(viewport=PHONE, locale=language).enter(world.paul)
    page.goto("/two-factor/setup/")
    page.locator("a[href='#security-key']").click()
    expect(page.locator("#key-name")).to_be_in_viewport()
