"""The story that must always work, in Chromium, with the QR code read from the screen."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import code_from, scan
from tests.browser.steps import clear_second_factor, create_user, enter_code, leave_the_codes, log_in, log_out
from tests.factories import PASSWORD, make_owner
from tests.people import CODE

pytestmark = pytest.mark.browser

STEPS = (
    "Step 1 Install an authenticator app",
    "Step 2 Scan the QR code",
    "Step 3 Finish in the app",
    "Step 4 Enter the code",
)
HEADLINE = "Two-factor authentication is active"


@pytest.fixture
def owner(live_server):
    return make_owner()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_new_user_sets_up_an_app_logs_in_with_it_and_is_cleared_by_the_owner(owner, open_window, scheme):
    desk = open_window(color_scheme=scheme).page
    log_in(desk, "owner")
    create_user(desk, name="Lena Lang", username="lena")
    window = open_window(color_scheme=scheme, permissions=["clipboard-read", "clipboard-write"])
    otpauth = first_log_in(window.page)
    save_the_codes(window.page)
    leave_the_codes(window.page)
    expect(window.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    log_out_and_in_again(window.page, otpauth)
    clear_second_factor(desk, "Lena Lang")
    window.page.reload()
    expect(window.page).to_have_url(re.compile("/login/"))
    log_in(window.page, "lena")
    expect(window.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def first_log_in(page: Page, *, script: bool = True) -> str:
    """Held at the setup until the code of the key on the screen is entered; leaves the activated page open."""
    log_in(page, "lena")
    for address in ("/", "/management/users/", "/profile/", "/confirm/"):
        page.goto(address)
        expect(page).to_have_url(re.compile("/two-factor/setup/$"))
    for step in STEPS:
        expect(page.get_by_role("heading", name=step, exact=True)).to_be_visible()
    expect(page.get_by_text("Required by Olivia Owner for “Alpha Hosting”.")).to_be_visible()
    otpauth = scan(page)
    assert otpauth == page.get_by_role("link", name="Open in my authenticator app").get_attribute("href")
    enter_code(page, code_from(otpauth), "Activate", script=script)
    expect(page.get_by_role("heading", name=HEADLINE)).to_be_visible()
    return otpauth


def save_the_codes(page: Page) -> None:
    """Copy, Print and Download give the ten codes that the page shows; a reload keeps showing them."""
    codes = CODE.findall(page.locator("#codes").inner_text())
    assert len(set(codes)) == 10
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").split() == codes
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_text().splitlines()[-10:] == codes
    page.evaluate("window.print = () => { document.body.dataset.printed = 'yes' }")
    page.get_by_role("button", name="Print").click()
    expect(page.locator("body[data-printed=yes]")).to_be_attached()
    page.reload()
    assert CODE.findall(page.locator("#codes").inner_text()) == codes


def log_out_and_in_again(page: Page, otpauth: str, *, script: bool = True) -> None:
    log_out(page)
    log_in(page, "lena")
    expect(page.get_by_role("heading", name="Enter your code")).to_be_visible()
    enter_code(page, code_from(otpauth, 1), "Log in", script=script)
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def test_the_printed_sheet_has_codes_panel_user_and_date_and_no_navigation(world, open_window):
    page = open_window().enter(world.new_codes)
    page.goto("/two-factor/activated/")
    page.emulate_media(media="print", color_scheme="dark")
    for text in (world.new_codes.codes[0], "Cloud Panel · ada", "Recovery codes of"):
        expect(page.get_by_text(text)).to_be_visible()
    for button in page.get_by_role("button").all():
        expect(button).not_to_be_visible()
    colours = page.locator("body").evaluate("b => [getComputedStyle(b).color, getComputedStyle(b).backgroundColor]")
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]


def test_the_whole_story_works_with_script_switched_off(owner, open_window):
    desk = open_window(java_script_enabled=False).page
    log_in(desk, "owner")
    create_user(desk, name="Lena Lang", username="lena")
    phone = open_window(java_script_enabled=False).page
    otpauth = first_log_in(phone, script=False)
    assert len(set(CODE.findall(phone.locator("#codes").inner_text()))) == 10
    for needs_script in ("Copy", "Print"):
        expect(phone.get_by_role("button", name=needs_script)).to_have_count(0)
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Download").click()
    assert len(CODE.findall(Path(download.value.path()).read_text())) == 10
    leave_the_codes(phone)
    log_out_and_in_again(phone, otpauth, script=False)
    clear_second_factor(desk, "Lena Lang")
    phone.reload()
    log_in(phone, "lena", PASSWORD)
    expect(phone.get_by_role("heading", name="Overview", level=1)).to_be_visible()
