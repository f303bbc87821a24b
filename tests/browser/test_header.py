"""The header: one row whatever somebody is called, and menus that open with a mouse, a keyboard, and without script."""

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from tests.browser.test_every_page import faults, too_wide
from tests.browser.window import DESK, PHONE
from tests.browser.world import LONG_NAME, logged_in
from tests.factories import make_contract, make_owner

pytestmark = pytest.mark.browser

WIDTHS = (375, 768, 1024, 1280, 1920)
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
# What is seen of the header, each with its middle: in one row they all have the same.
MIDDLES = """
    [...document.querySelectorAll('.top > *, .top-menu > summary, .menu-switch > summary')]
      .filter(each => each.checkVisibility())
      .map(each => each.getBoundingClientRect())
      .map(box => Math.round((box.top + box.bottom) / 2))
"""
OVERLAPS = """
    [...document.querySelectorAll('.top > *, .menu-switch > summary')].filter(each => each.checkVisibility())
      .map(each => each.getBoundingClientRect()).sort((a, b) => a.left - b.left)
      .filter((box, n, boxes) => n && box.left < boxes[n - 1].right)
      .map(box => box.left)
"""


@pytest.fixture
def wordy_owner(live_server) -> User:
    """Of two contracts, everything as long as it may be."""
    owner = make_owner("w" * 150, name=LONG_NAME, contract=LONG_NAME[:100])
    make_contract(owner, LONG_NAME[50:])
    return owner


@pytest.fixture
def wordy(wordy_owner):
    person = logged_in(wordy_owner)
    person.post("/contracts/", {"contract": wordy_owner.contracts.order_by("pk")[0].pk})
    return person


def account(page: Page) -> Locator:
    return page.locator(".account")


def menu_of(page: Page, name: str) -> Locator:
    return page.locator({"account": ".account", "contract": "details.contract", "main": ".menu-switch"}[name])


@SCRIPT
def test_the_header_is_one_row_at_every_width_with_the_longest_names(wordy, open_window, script):
    page = open_window(java_script_enabled=script).enter(wordy)
    page.goto("/management/users/")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        middles = page.evaluate(MIDDLES)
        assert len(middles) >= 4, width
        assert max(middles) - min(middles) <= 1, (width, middles)
        assert page.evaluate(OVERLAPS) == [], width
        assert page.locator("header.top").bounding_box()["height"] <= 64, width
        assert too_wide(page) == [], width
        menu = page.locator(".menu-switch summary")
        expect(menu).to_be_visible() if width < 768 else expect(menu).to_be_hidden()


@SCRIPT
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_menu_of_the_account_has_what_is_ones_own(wordy, open_window, script, viewport):
    page = open_window(java_script_enabled=script, viewport=viewport).enter(wordy)
    page.goto("/management/roles/")
    expect(page.get_by_role("link", name="Security")).to_be_hidden()
    account(page).locator("summary").click()
    for name in ("Profile", "Security"):
        expect(account(page).get_by_role("link", name=name)).to_be_visible()
    for name in ("English", "Deutsch", "Light", "Dark", "System", "Log out"):
        expect(account(page).get_by_role("button", name=name)).to_be_in_viewport()
    account(page).get_by_role("button", name="Dark").click()
    page.wait_for_url("**/management/roles/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 21, 27)"
    account(page).locator("summary").click()
    account(page).get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You have logged out.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


@SCRIPT
def test_another_contract_is_chosen_from_a_list_and_the_page_stays(wordy, wordy_owner, open_window, script):
    first, second = wordy_owner.contracts.order_by("pk")
    page = open_window(java_script_enabled=script, viewport=PHONE).enter(wordy)
    page.goto("/management/logs/")
    menu_of(page, "contract").locator("summary").click()
    current = menu_of(page, "contract").locator("[aria-current=true]")
    expect(current).to_have_text(first.name)
    menu_of(page, "contract").get_by_role("button", name=second.name).click()
    page.wait_for_url("**/management/logs/")
    expect(menu_of(page, "contract").locator("summary .cut")).to_have_text(second.name)


@SCRIPT
def test_the_main_menu_is_behind_one_button_on_a_phone(world, open_window, script):
    page = open_window(java_script_enabled=script, viewport=PHONE).enter(world.olivia)
    page.goto("/")
    expect(page.get_by_role("link", name="Logs", exact=True)).to_be_hidden()
    page.locator(".menu-switch summary").press("Enter")
    page.get_by_role("link", name="Logs", exact=True).click()
    expect(page.get_by_role("heading", name="Logs", level=1)).to_be_visible()


@pytest.mark.parametrize("name", ["account", "contract", "main"])
def test_a_menu_by_keyboard(name, wordy, open_window):
    page = open_window(viewport=PHONE).enter(wordy)
    page.goto("/management/roles/")
    menu, button = menu_of(page, name), menu_of(page, name).locator("summary")
    items = page.locator(".side a:visible") if name == "main" else menu.locator("a:visible, button:visible")
    button.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("ArrowDown")
    expect(items.first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(items.last).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    expect(items.nth(1)).to_be_focused()
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    expect(button).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(items.first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(menu).not_to_have_attribute("open", "")


def test_a_click_elsewhere_and_another_menu_close_an_open_one(wordy, open_window):
    page = open_window().enter(wordy)
    page.goto("/")
    for close in (lambda: page.locator("h1").click(), lambda: menu_of(page, "contract").locator("summary").click()):
        account(page).locator("summary").click()
        expect(account(page)).to_have_attribute("open", "")
        close()
        expect(account(page)).not_to_have_attribute("open", "")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@SCRIPT
def test_axe_finds_nothing_in_an_open_menu(wordy, open_window, script, theme, language):
    """Axe is a script itself; without the panel's own the pages are the same."""
    window = open_window()
    page = window.enter(wordy)
    page.context.add_cookies(
        [{"name": n, "value": v, "url": window.url} for n, v in (("theme", theme), ("language", language))]
    )
    if not script:
        page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        for name in ("account", "contract", *(["main"] if size is PHONE else [])):
            page.goto("/profile/language/")
            menu_of(page, name).locator("summary").click()
            expect(menu_of(page, name)).to_have_attribute("open", "")
            assert faults(page) == [], (size, name)


def test_a_theme_that_was_chosen_stands_over_that_of_the_system(world, open_window):
    """And is there when the page is first drawn: the style says so, no script."""
    for system, theme, colour in (("light", "dark", "rgb(15, 21, 27)"), ("dark", "light", "rgb(243, 245, 248)")):
        window = open_window(color_scheme=system, java_script_enabled=False)
        page = window.enter(world.olivia)
        page.goto("/login/")
        window.context.add_cookies([{"name": "theme", "value": theme, "url": window.url}])
        page.goto("/")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == colour
