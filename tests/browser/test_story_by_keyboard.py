"""The owner's day by keyboard alone: users found, several changed at once, a file imported, menus, More Information."""

import re

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.test_keyboard import press_at, press_in_place, tab_to, type_log_in
from tests.factories import make_member, make_owner

pytestmark = pytest.mark.browser

DESK = {"width": 1366, "height": 768}
CSV = {
    "name": "users.csv",
    "mimeType": "text/csv",
    "buffer": b"username,name,email,role\nada,Ada Abel,ada@example.com,Administrator\nlena,Lena Lange,,\n",
}


@pytest.fixture
def desk(live_server, open_window) -> Page:
    contract = make_owner().contracts.get()
    for username, name in (("lena", "Lena Lang"), ("nina", "Nina Novak"), ("paul", "Paul Pending")):
        make_member(contract, username, name=name)
    page = open_window(viewport=DESK).page
    type_log_in(page, "owner")
    press_at(page, "Users")
    return page


def search(page: Page, text: str, found: int) -> None:
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)
    expect(page).to_have_url(re.compile(f"q={text}$"))
    expect(page.locator("[data-row]")).to_have_count(found)


def test_several_are_found_selected_and_deactivated(desk):
    search(desk, "l", 2)
    for name in ("Select lena", "Select paul"):
        tab_to(desk, name)
        desk.keyboard.press("Space")
    expect(desk.get_by_role("group", name="With the selected users")).to_contain_text("2 selected")
    press_at(desk, "Deactivate")
    expect(desk.get_by_role("heading", name="2 users are affected")).to_be_visible()
    press_at(desk, "Deactivate 2 users")
    expect(desk.get_by_text("2 users were deactivated.")).to_be_visible()
    assert desk.url.endswith("?q=l")
    assert set(User.objects.filter(is_active=False).values_list("username", flat=True)) == {"lena", "paul"}


def test_several_are_deleted_and_their_number_is_typed(desk):
    tab_to(desk, "Select all")
    desk.keyboard.press("Space")
    press_at(desk, "Delete")
    expect(desk.get_by_role("heading", name="3 users are affected")).to_be_visible()
    tab_to(desk, "How many users are deleted?")
    desk.keyboard.type("3")
    press_at(desk, "Delete 3 users")
    expect(desk.get_by_text("3 users were deleted.")).to_be_visible()


def test_a_file_is_imported(desk):
    press_at(desk, "Import")
    tab_to(desk, "CSV file")
    with desk.expect_file_chooser() as chooser:
        desk.keyboard.press("Space")
    chooser.value.set_files([CSV])
    press_at(desk, "Preview import")
    expect(desk.get_by_role("heading", name="Import preview")).to_be_visible()
    tab_to(desk, "Import")  # the way back at the top of the page
    press_at(desk, "Import")
    expect(desk.get_by_text("Import complete: 1 created, 1 changed.")).to_be_visible()


def test_more_information_is_opened_changed_left_and_closed(desk):
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Lena Lang", level=2)).to_be_visible()
    press_in_place(desk, "Change name")
    expect(desk.get_by_label("Name", exact=True)).to_be_focused()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("link", name="Change name")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("Name", exact=True)).to_be_focused()
    desk.keyboard.press("ControlOrMeta+a")
    desk.keyboard.type("Lena Lange")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Lena Lange", level=2)).to_be_visible()
    expect(desk.get_by_role("link", name="Change name")).to_be_focused()
    tab_to(desk, "Close", key="Shift+Tab")
    with desk.expect_navigation():
        desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Lena Lange", level=2)).to_have_count(0)


def test_the_menu_of_a_row_opens_moves_and_closes(desk):
    tab_to(desk, "Actions for lena")
    desk.keyboard.press("Enter")
    items = desk.locator("[data-row] [data-menu][open] a, [data-row] [data-menu][open] button")
    expect(items.first).to_be_visible()
    desk.keyboard.press("ArrowDown")
    expect(items.first).to_be_focused()
    desk.keyboard.press("ArrowUp")
    expect(items.last).to_be_focused()
    desk.keyboard.press("Escape")
    expect(desk.locator("[data-row] [data-menu][open]")).to_have_count(0)
    desk.keyboard.press("ArrowDown")
    expect(items.first).to_be_focused()


def test_filters_are_chosen_and_taken_away(desk):
    desk.keyboard.press("/")
    desk.keyboard.press("Tab")
    expect(desk.get_by_label("Status")).to_be_focused()
    desk.keyboard.type("De")
    expect(desk.locator("#list").get_by_text("No users match this search.")).to_be_visible()
    tab_to(desk, " ".join(desk.get_by_role("link", name="Status: Deactivated").inner_text().split()))
    desk.keyboard.press("Enter")
    expect(desk.locator("[data-row]")).to_have_count(3)


def test_the_page_is_left_by_the_menu_of_the_account(desk):
    tab_to(desk, "OO Account: Olivia Owner", key="Shift+Tab")
    desk.keyboard.press("Enter")
    press_at(desk, "Log out")
    expect(desk.get_by_text("You have logged out.")).to_be_visible()
