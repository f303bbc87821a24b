"""What a working day does to a list: answers out of order, Back after ten changes, a session or a row that is gone
meanwhile, two tabs, a thousand selected, and scripts of which only a half arrived.
"""

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.models import Session, User
from tests.browser.window import Window
from tests.browser.world import World
from tests.factories import PASSWORD, make_application, make_many

pytestmark = pytest.mark.browser

DESK = {"width": 1366, "height": 768}
USERS = "/management/users/"
SCRIPTS = settings.BASE_DIR / "static" / "js"


@pytest.fixture
def window(world: World, open_window):
    opened = open_window(viewport=DESK)
    opened.enter(world.olivia)
    return opened


@pytest.fixture
def desk(window) -> Page:
    return window.page


def test_back_and_forward_after_ten_changes(desk):
    desk.goto(USERS)
    visited = [desk.url]
    for name in ("Lena Lang", "Paul Pending", "Nina Novak", "Sam Support", "Lars Locked") * 2:
        desk.get_by_role("link", name=name).click()
        expect(desk.get_by_role("heading", name=name, level=2)).to_be_visible()
        visited.append(desk.url)
    assert len(visited) == 11
    for address in reversed(visited[:-1]):
        turn(desk, "back", address)
    expect(desk.locator("#more h2")).to_have_count(0)
    for address in visited[1:]:
        turn(desk, "forward", address)
    expect(desk.get_by_role("heading", name="Lars Locked", level=2)).to_be_visible()


def turn(page: Page, way: str, address: str) -> None:
    """By the browser's own button; htmx loads the page of that address."""
    with page.expect_event("load"):
        page.evaluate(f"history.{way}()")
    expect(page).to_have_url(address)


def held(page: Page, address: str | re.Pattern[str]) -> None:
    """Requests to it wait for an answer that does not come."""
    page.route(address, lambda route: None)


def test_of_two_users_chosen_quickly_the_later_counts_and_the_earlier_is_given_up(desk, world):
    desk.goto(USERS)
    held(desk, f"**{USERS}{world.active.pk}/")
    with desk.expect_event("request", lambda request: request.url.endswith(f"/{world.active.pk}/")):
        desk.get_by_role("link", name="Lena Lang").click()
    with desk.expect_event("requestfailed") as given_up:
        desk.get_by_role("link", name="Paul Pending").click()
    assert given_up.value.url.endswith(f"/{world.active.pk}/")
    expect(desk.get_by_role("heading", name="Paul Pending")).to_be_visible()
    expect(desk).to_have_url(re.compile(f"/{world.pending.pk}/$"))


def test_of_two_searches_the_newer_counts_and_the_older_is_given_up(desk):
    desk.goto(USERS)
    held(desk, "**/users/?q=l")
    search = desk.locator("#search")
    with desk.expect_event("request", lambda request: request.url.endswith("?q=l")):
        search.fill("l")
    with desk.expect_event("requestfailed") as given_up:
        search.fill("nina")
    assert given_up.value.url.endswith("?q=l")
    expect(desk.locator("[data-row]")).to_have_count(1)
    expect(desk.locator("[data-row]")).to_contain_text("Nina Novak")
    expect(desk).to_have_url(re.compile(r"\?q=nina$"))


SORTED = {
    "roles": ("/management/roles/?q=s", "[data-sort]"),
    "applications": ("/management/applications/?q=gra", "[data-sort]"),
    "logs": ("/management/logs/?period=30d", '[data-period="7d"]'),
    "users": ("/management/users/?state=active", "[data-sort]"),
}


@pytest.mark.parametrize("name", SORTED)
def test_a_session_that_ends_while_a_list_is_asked_for_leads_back_to_that_list(name, desk, world):
    make_application(world.contract)
    address, link = SORTED[name]
    desk.goto(address)
    chosen = desk.locator(link).first
    wanted = desk.evaluate("link => link.href", chosen.element_handle())
    Session.objects.all().delete()
    chosen.click()
    expect(desk.get_by_label("Username")).to_be_visible()
    log_in_here(desk, "owner")
    expect(desk.locator("#list")).to_be_visible()
    assert sorted(desk.url.partition("?")[2].split("&")) == sorted(wanted.partition("?")[2].split("&"))


def test_a_session_that_ends_while_a_user_is_asked_for_leads_back_to_that_user_and_list(desk, world):
    desk.goto(f"{USERS}?state=active&q=l")
    Session.objects.all().delete()
    desk.get_by_role("link", name="Lena Lang").click()
    expect(desk.get_by_label("Username")).to_be_visible()
    log_in_here(desk, "owner")
    expect(desk.get_by_role("heading", name="Lena Lang", level=2)).to_be_visible()
    expect(desk.locator("#search")).to_have_value("l")
    expect(desk.get_by_role("link", name="Dora Dorn")).to_have_count(0)


def log_in_here(page: Page, username: str) -> None:
    """At the page that is open, which knows where to go on."""
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def leave_out_what_is_gone(window: Window) -> None:
    """The browser's own line about a part that was not found."""
    window.complaints[:] = [each for each in window.complaints if "status of 404" not in each]


def test_a_user_who_vanished_is_said_to_be_gone_and_back_leads_to_the_list(window, world):
    desk = window.page
    desk.goto(f"{USERS}?state=active")
    User.objects.filter(pk=world.free.pk).delete()
    desk.get_by_role("link", name="Nina Novak").click()
    expect(desk.get_by_role("heading", name="Page not found")).to_be_visible()
    turn(desk, "back", f"{window.url}{USERS}?state=active")
    expect(desk.get_by_role("link", name="Lena Lang")).to_be_visible()
    expect(desk.get_by_role("link", name="Nina Novak")).to_have_count(0)
    leave_out_what_is_gone(window)


def test_a_form_of_a_user_who_vanished_changes_nothing(window, world):
    desk = window.page
    desk.goto(f"{USERS}{world.free.pk}/")
    desk.get_by_role("link", name="Change name").click()
    desk.get_by_label("Name", exact=True).fill("Nina Neu")
    User.objects.filter(pk=world.free.pk).delete()
    desk.get_by_role("button", name="Save changes").click()
    expect(desk.get_by_role("heading", name="Page not found")).to_be_visible()
    leave_out_what_is_gone(window)


def test_a_form_that_is_open_in_two_tabs_is_saved_in_both(window, world):
    tabs = [window.page, window.context.new_page()]
    for tab in tabs:
        tab.set_viewport_size(DESK)
        tab.goto(f"{USERS}{world.active.pk}/")
        tab.get_by_role("link", name="Change 2FA required").click()
        tab.get_by_role("radio", name="No").check()
    for tab, said in zip(tabs, ("is cleared for this user account", "Nothing was changed."), strict=True):
        tab.get_by_role("button", name="Apply changes").click()
        expect(tab.locator("#more").get_by_text(said)).to_be_visible()
        expect(tab.get_by_role("link", name="Change 2FA required")).to_be_focused()
    world.active.refresh_from_db()
    assert not world.active.two_factor_required


def test_of_a_thousand_selected_those_who_are_still_there_are_changed(desk, world):
    make_many(world.contract, 1_000)
    desk.goto(f"{USERS}?q=many")
    desk.get_by_role("checkbox", name="Select all", exact=True).check()
    desk.get_by_role("checkbox", name=re.compile("Select all 1,?000 matching")).check()
    desk.get_by_role("group", name="With the selected users").get_by_role("button", name="Deactivate").click()
    yes = desk.get_by_role("button", name=re.compile("Deactivate 1,?000 users"))
    expect(yes).to_be_visible()
    User.objects.filter(username__endswith="7").delete()
    yes.click()
    expect(desk.get_by_text("900 users were deactivated.")).to_be_visible(timeout=90_000)
    expect(desk.get_by_text("100 users had been deleted in the meantime.")).to_be_visible()
    assert not User.objects.filter(username__startswith="many", is_active=True).exists()


@pytest.mark.parametrize("half", ["htmx.min", "panel", "menus", "lists", "passwords"])
def test_with_half_a_script_the_work_is_done_all_the_same(half, window, world):
    page = window.page
    whole = (SCRIPTS / f"{half}.js").read_text()
    page.route(
        re.compile(rf"/js/{re.escape(half)}[^/]*$"),
        lambda route: route.fulfill(body=f"{whole[: len(whole) // 2]}\n(", content_type="text/javascript"),
    )
    page.goto(f"{USERS}?q=lena")
    page.get_by_role("link", name="Lena Lang").click()
    expect(page.get_by_role("heading", name="Lena Lang", level=2)).to_be_visible()
    page.get_by_role("link", name="Change name").click()
    page.get_by_label("Name", exact=True).fill("Lena Lange")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("heading", name="Lena Lange", level=2)).to_be_visible()
    page.locator("#search").fill("nina")
    page.locator("#search").press("Enter")
    expect(page.get_by_role("link", name="Nina Novak")).to_be_visible()
    page.get_by_role("checkbox", name="Select nina").check()
    page.get_by_role("button", name="Deactivate").click()
    page.get_by_role("button", name="Deactivate 1 user").click()
    expect(page.get_by_text("1 user was deactivated.")).to_be_visible()
    page.locator(".account summary").click()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("You have logged out.")).to_be_visible()
    page.wait_for_load_state()  # that page has run its scripts, too
    assert any(complaint.startswith("script: ") for complaint in window.complaints)
    window.complaints.clear()
