"""Lists as they are worked with all day: filters that apply at once, one user beside the list, forms in their rows."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.browser.window import PHONE
from tests.browser.world import World
from tests.factories import make_many, make_member

pytestmark = pytest.mark.browser

DESK = {"width": 1366, "height": 768}
USERS = "/management/users/"


@pytest.fixture
def desk(world: World, open_window) -> Page:
    return open_window(viewport=DESK).enter(world.olivia)


def loads(page: Page) -> list[str]:
    """The addresses that are opened as whole pages from now on."""
    opened: list[str] = []
    page.on("domcontentloaded", lambda page: opened.append(page.url))
    return opened


def test_the_owners_no_takes_four_clicks_and_no_page_load(desk):
    desk.goto(USERS)
    opened = loads(desk)
    desk.get_by_role("link", name="Lena Lang").click()
    desk.get_by_role("link", name="Change 2FA required").click()
    desk.get_by_role("radio", name="No").check()
    desk.get_by_role("button", name="Apply changes").click()
    expect(desk.get_by_text("Two-factor authentication is cleared for this user account.")).to_be_in_viewport()
    expect(desk.get_by_role("link", name="Change 2FA required")).to_be_focused()
    assert opened == []


def test_escape_leaves_the_form_and_the_cursor_is_back_at_the_pencil(desk):
    desk.goto(USERS)
    desk.get_by_role("link", name="Lena Lang").click()
    desk.get_by_role("link", name="Change name").click()
    expect(desk.get_by_label("Name", exact=True)).to_be_focused()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("link", name="Change name")).to_be_focused()


def open_two_forms(page: Page) -> None:
    """A name and a description are typed, neither is saved."""
    page.goto(USERS)
    page.get_by_role("link", name="Lena Lang").click()
    for pencil, field, text in (("name", "Name", "Lena Long"), ("description", "Description", "On call")):
        page.get_by_role("link", name=f"Change {pencil}").click()
        page.locator("#more").get_by_label(field, exact=True).fill(text)


@pytest.mark.parametrize("leave", ["Escape", "Cancel"])
def test_who_leaves_one_form_keeps_what_was_typed_in_another(leave, desk, world):
    open_two_forms(desk)
    name, description = (desk.locator("#more").get_by_label(each, exact=True) for each in ("Name", "Description"))
    if leave == "Escape":
        desk.once("dialog", lambda dialog: dialog.accept())
        description.press("Escape")
    else:
        desk.locator("#row-user_description").get_by_role("link", name="Cancel").click()
    expect(desk.get_by_role("link", name="Change description")).to_be_focused()
    expect(description).to_have_count(0)
    expect(name).to_have_value("Lena Long")
    name.press("Enter")
    expect(desk.get_by_text("The name of lena was changed.")).to_be_visible()
    expect(desk.locator("#more h2")).to_have_text("Lena Long")


def test_who_saves_one_form_keeps_what_was_typed_in_another(desk, world):
    open_two_forms(desk)
    desk.locator("#more").get_by_label("Name", exact=True).press("Enter")
    expect(desk.get_by_role("link", name="Change name")).to_be_focused()
    description = desk.locator("#more").get_by_label("Description", exact=True)
    expect(description).to_have_value("On call")
    desk.locator(".editing").get_by_role("button", name="Save changes").click()
    expect(desk.get_by_role("link", name="Change description")).to_be_focused()
    assert User.objects.get(pk=world.active.pk).description == "On call"
    desk.get_by_role("link", name="Paul Pending").click()
    expect(desk.locator("#more h2")).to_have_text("Paul Pending")
    expect(desk.locator(".editing")).to_have_count(0)


@pytest.mark.parametrize("discard", [True, False])
def test_who_chooses_another_user_is_asked_before_what_was_typed_is_lost(desk, discard):
    open_two_forms(desk)
    asked = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept() if discard else dialog.dismiss()))
    desk.get_by_role("link", name="Paul Pending").click()
    expect(desk.locator("#more h2")).to_have_text("Paul Pending" if discard else "Lena Lang")
    expect(desk.locator(".editing")).to_have_count(0 if discard else 2)
    assert asked == ["Your changes have not been saved. Discard them?"]


def test_a_form_that_nobody_changed_asks_nothing(desk):
    desk.goto(USERS)
    desk.get_by_role("link", name="Lena Lang").click()
    for pencil in ("name", "role", "2FA required"):
        desk.get_by_role("link", name=f"Change {pencil}").click()
    expect(desk.locator(".editing")).to_have_count(3)
    asked = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    desk.get_by_role("link", name="Paul Pending").click()
    expect(desk.locator("#more h2")).to_have_text("Paul Pending")
    assert asked == []


def test_a_screen_reader_is_told_which_user_is_shown_beside_the_list(desk):
    desk.goto(USERS)
    for name in ("Lena Lang", "Paul Pending"):
        link = desk.get_by_role("link", name=name)
        link.click()
        expect(desk.get_by_role("status").filter(has_text=f"More Information: {name}")).to_have_count(1)
        expect(link).to_be_focused()


def test_where_the_list_makes_room_the_cursor_is_at_the_name_of_the_user(desk):
    desk.set_viewport_size(PHONE)
    desk.goto(USERS)
    desk.get_by_role("link", name="Lena Lang").click()
    expect(desk.get_by_role("heading", name="Lena Lang")).to_be_focused()


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_a_user_who_was_deleted_in_another_tab_is_said_to_be_gone(viewport, world, open_window):
    window = open_window(viewport=viewport)
    page = window.enter(world.olivia)
    page.goto(f"{USERS}?state=active")
    User.objects.filter(pk=world.pending.pk).delete()
    page.get_by_role("link", name="Paul Pending").click()
    expect(page.get_by_text("There is no such user in this contract. They may have been deleted.")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.get_by_role("link", name="Lena Lang")).to_be_visible()
    expect(page.get_by_role("link", name="Paul Pending")).to_have_count(0)
    assert page.url.endswith(f"{USERS}?state=active")
    assert ["404" in complaint for complaint in window.complaints] == [True]
    window.complaints.clear()


@pytest.mark.parametrize(
    ("pencil", "role", "name"),
    [
        ("Change role", "combobox", "Role"),
        ("Change status", "radio", "Active"),
        ("Change 2FA required", "radio", "Yes"),
        ("Change description", "textbox", "Description"),
    ],
)
def test_the_cursor_is_in_the_field_of_the_newest_form(desk, pencil, role, name):
    desk.goto(USERS)
    desk.get_by_role("link", name="Lena Lang").click()
    desk.get_by_role("link", name="Change name").click()
    expect(desk.get_by_label("Name", exact=True)).to_be_focused()
    desk.get_by_role("link", name=pencil).click()
    field = desk.locator("#more").get_by_role(role, name=name, exact=True)
    expect(field).to_be_focused()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("link", name=pencil)).to_be_focused()


def test_the_search_narrows_as_one_types_and_the_chip_takes_it_away(desk):
    desk.goto(USERS)
    opened = loads(desk)
    desk.keyboard.press("/")
    desk.keyboard.type("lena")
    rows = desk.locator("[data-row]")
    expect(rows).to_have_count(1)
    assert desk.url.endswith("?q=lena")
    desk.get_by_label("Status").select_option("Deactivated")
    expect(desk.locator("#list").get_by_text("No users match this search.")).to_be_visible()
    desk.get_by_role("link", name="Status: Deactivated").click()
    expect(rows).to_have_count(1)
    expect(desk.get_by_label("Status")).to_have_value("")
    assert opened == []


def test_back_shows_the_user_before_and_the_list_as_it_was(desk):
    desk.goto(f"{USERS}?state=active")
    desk.get_by_role("link", name="Lena Lang").click()
    expect(desk.get_by_role("heading", name="Lena Lang")).to_be_visible()
    desk.get_by_role("link", name="Paul Pending").click()
    expect(desk.get_by_role("heading", name="Paul Pending")).to_be_visible()
    desk.go_back()
    expect(desk.get_by_role("heading", name="Lena Lang")).to_be_visible()
    expect(desk.get_by_role("link", name="Dora Dorn")).to_have_count(0)


def test_a_session_that_ends_meanwhile_leads_the_whole_page_to_the_log_in(desk, world):
    desk.goto(f"{USERS}?state=active")
    desk.context.clear_cookies()
    desk.get_by_role("link", name="Lena Lang").click()
    expect(desk.get_by_role("button", name="Log in", exact=True)).to_be_visible()
    assert "state%3Dactive" in desk.url


def test_the_keyboard_walks_the_rows(desk):
    desk.goto(USERS)
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    expect(desk.locator("[data-row] th a").nth(1)).to_be_focused()
    desk.keyboard.press("k")
    desk.keyboard.press("Enter")
    expect(desk.locator("#more h2")).to_be_visible()
    desk.keyboard.press("?")
    expect(desk.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()


def test_what_is_selected_is_counted_in_a_bar(desk):
    desk.goto(USERS)
    bar = desk.get_by_role("group", name="With the selected users")
    expect(bar).to_be_hidden()
    desk.get_by_role("checkbox", name="Select lena").check()
    desk.get_by_role("checkbox", name="Select paul").check()
    expect(bar).to_be_in_viewport()
    expect(bar).to_contain_text("2 selected")


def test_all_who_match_are_selected_and_changed_hundred_by_hundred(desk, world):
    make_many(world.contract, 250)
    desk.goto(f"{USERS}?q=many")
    desk.get_by_role("checkbox", name="Select all", exact=True).check()
    desk.get_by_role("checkbox", name="Select all 250 matching").check()
    bar = desk.get_by_role("group", name="With the selected users")
    expect(bar).to_contain_text("250 selected")
    desk.get_by_role("checkbox", name="Select many0003").uncheck()
    expect(bar).to_contain_text("24 selected")
    desk.get_by_role("checkbox", name="Select all 250 matching").check()
    bar.get_by_role("button", name="Deactivate").click()
    expect(desk.get_by_role("heading", name="250 users are affected")).to_be_visible()
    desk.get_by_role("button", name="Deactivate 250 users").click()
    expect(desk.get_by_text("250 users were deactivated.")).to_be_visible(timeout=30_000)
    assert desk.url.endswith("?q=many")
    assert not User.objects.filter(username__startswith="many", is_active=True).exists()


def test_twenty_five_users_are_short_on_a_phone(desk, world):
    for number in range(25):
        make_member(world.contract, f"user{number}", name=f"Anna-Maria Hohenstein {number}")
    desk.set_viewport_size({"width": 375, "height": 740})
    desk.goto(USERS)
    assert desk.evaluate("document.documentElement.scrollHeight") <= 2400
