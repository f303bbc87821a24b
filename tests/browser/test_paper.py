"""What is printed: what the page is for, whole, without what only a screen can use."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.world import World

pytestmark = pytest.mark.browser
USERS = "/management/users/"


@pytest.fixture
def page(world: World, open_window) -> Page:
    return open_window(viewport={"width": 1366, "height": 768}).enter(world.olivia)


def on_paper(page: Page, address: str) -> None:
    page.goto(address)
    page.emulate_media(media="print")


def test_paper_has_neither_the_keyboard_shortcuts_nor_notices(page):
    on_paper(page, "/management/logs/")
    expect(page.locator("dialog#keys")).to_be_attached()
    expect(page.locator("dialog#keys")).to_be_hidden()
    for notice in page.locator(".notice").all():
        expect(notice).to_be_hidden()


def test_a_list_of_users_has_its_rows_but_nothing_to_press(page):
    on_paper(page, USERS)
    expect(page.get_by_text("lena", exact=True)).to_be_visible()
    for element in page.locator("main :is(input, button, .button, .selection, summary)").all():
        expect(element).to_be_hidden()


def test_the_permissions_of_a_role_are_ticked_as_on_the_screen(page, world):
    on_paper(page, f"/management/roles/{world.role.pk}/permissions/")
    expect(page.get_by_label("View users and their details")).to_be_visible()
    expect(page.get_by_label("View users and their details")).to_be_checked()


def test_a_user_is_printed_whole_and_without_the_list(page, world):
    on_paper(page, f"{USERS}{world.active.pk}/")
    more = page.locator("#more")
    shown, whole = more.evaluate("m => [m.clientHeight, m.scrollHeight]")
    assert whole <= shown
    expect(page.locator(".split-list")).to_be_hidden()
    expect(more.get_by_role("heading", name="Activity")).to_be_visible()
