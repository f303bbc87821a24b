"""What single keys do in lists, that they can be turned off, and where the focus goes with More Information."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

USERS = "/management/users/"
QUESTION = "Your changes have not been saved. Discard them?"


@pytest.fixture
def desk(world, open_window) -> Page:
    page = open_window(viewport={"width": 1366, "height": 768}).enter(world.olivia)
    page.goto(USERS)
    return page


def open_by_keyboard(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).press("Enter")
    expect(page.locator("#more h2")).to_have_text(name)


def test_single_keys_can_be_turned_off_and_on_again(desk):
    box = desk.get_by_role("checkbox", name="Single-key shortcuts")
    desk.get_by_role("button", name="Keyboard shortcuts").click()
    box.uncheck()
    desk.get_by_role("button", name="Close").click()
    desk.reload()
    for key in "/jk?":
        desk.keyboard.press(key)
        expect(desk.locator("body")).to_be_focused()
    desk.get_by_role("button", name="Keyboard shortcuts").click()
    box.check()
    desk.get_by_role("button", name="Close").click()
    desk.keyboard.press("/")
    expect(desk.get_by_label("Search")).to_be_focused()


def test_by_keyboard_the_focus_goes_to_more_information_and_back(desk):
    open_by_keyboard(desk, "Lena Lang")
    expect(desk.locator("#more h2")).to_be_focused()
    desk.keyboard.press("Tab")
    desk.keyboard.press("Tab")
    expect(desk.get_by_role("link", name="Change name")).to_be_focused()
    desk.keyboard.press("Escape")
    expect(desk.locator("tbody").get_by_role("link", name="Lena Lang")).to_be_focused()
    open_by_keyboard(desk, "Paul Pending")
    expect(desk.locator("#more h2")).to_be_focused()
    desk.locator("#more").get_by_role("link", name="Close").press("Enter")
    expect(desk.locator("#more h2")).to_have_count(0)
    expect(desk.get_by_role("link", name="Paul Pending")).to_be_focused()


def test_by_mouse_the_focus_stays_in_the_list(desk):
    row = desk.locator("[data-row]", has=desk.get_by_role("link", name="Lena Lang"))
    row.locator(".col-last_login").click()
    expect(desk.locator("#more h2")).to_have_text("Lena Lang")
    expect(desk.locator("#more h2")).not_to_be_focused()


@pytest.mark.parametrize("discard", [True, False])
def test_escape_asks_before_it_discards_what_was_typed(discard, desk):
    asked = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept() if discard else dialog.dismiss()))
    open_by_keyboard(desk, "Lena Lang")
    desk.get_by_role("link", name="Change name").press("Enter")
    name = desk.locator("#more").get_by_label("Name", exact=True)
    name.fill("Lena Long")
    name.press("Escape")
    if discard:
        expect(name).to_have_count(0)
    else:
        expect(name).to_have_value("Lena Long")
    assert asked == [QUESTION]
