"""What somebody who can't see the page, or sees it in the colours of the system, learns of a user beside the list."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.world import World

pytestmark = pytest.mark.browser

USERS = "/management/users/"
LOW = {"width": 1366, "height": 560}
# What is put into a region that was there before: a screen reader reads that, and not what a region brings with it.
LISTEN = """
    () => {
      window.told = [];
      new MutationObserver(changes => changes.forEach(({ target, addedNodes }) => {
        const region = target.closest?.('[role=status]');
        if (region && addedNodes.length && region.checkVisibility()) told.push(region.innerText.trim());
      })).observe(document.body, { subtree: true, childList: true });
    }
"""
COVERED = """
    () => {
      const focused = document.activeElement, box = focused.getBoundingClientRect();
      const message = document.querySelector('#more > [role=status]').getBoundingClientRect();
      return focused.closest('#more') && box.top < message.bottom && box.bottom > message.top ? focused.outerHTML : '';
    }
"""


@pytest.fixture
def desk(world: World, open_window) -> Page:
    page = open_window(viewport=LOW).enter(world.olivia)
    page.goto(USERS)
    page.get_by_role("link", name="Lena Lang").click()
    expect(page.locator("#more h2")).to_have_text("Lena Lang")
    return page


def describe(page: Page, text: str) -> None:
    page.get_by_role("link", name="Change description").click()
    page.locator("#more").get_by_label("Description", exact=True).fill(text)
    with page.expect_response(
        lambda answer: answer.request.method == "GET"
    ):  # the list, which the change may have moved
        page.locator("#more").get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("link", name="Change description")).to_be_focused()


def test_a_saved_change_is_told_once_and_the_list_that_nobody_asked_for_is_not(desk):
    desk.evaluate(LISTEN)
    describe(desk, "On call")
    desk.wait_for_timeout(500)
    assert desk.evaluate("told") == ["The description of lena was changed."]


def test_a_list_that_was_asked_for_is_told(desk):
    describe(desk, "On call")
    desk.get_by_role("searchbox").fill("nobody-has-this-name")
    expect(desk.get_by_role("status").filter(has_text="No users match this search.")).to_have_count(1)


def test_the_focus_is_never_behind_the_message(desk):
    describe(desk, "On call " * 40)
    covered = []
    for key in ["Tab"] * 12 + ["Shift+Tab"] * 22:
        desk.keyboard.press(key)
        covered.append(desk.evaluate(COVERED))
    assert [each for each in covered if each] == []


def test_the_row_of_the_user_who_is_shown_is_the_current_one(desk):
    current = desk.locator("[data-row] [aria-current=true]")
    expect(current).to_have_text("Lena Lang")
    desk.get_by_role("link", name="Nina Novak").click()
    expect(current).to_have_text("Nina Novak")
    desk.reload()
    expect(current).to_have_text("Nina Novak")


def test_in_the_colours_of_the_system_the_current_row_has_an_outline(desk):
    desk.emulate_media(forced_colors="active")
    row = desk.locator("[data-row].current")
    assert row.evaluate("row => getComputedStyle(row).outlineStyle") == "solid"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_the_colours_of_the_system_charts_are_written_in_the_colour_of_text(theme, desk):
    desk.emulate_media(forced_colors="active", color_scheme="dark" if theme == "light" else "light")
    desk.goto("/")
    desk.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    text = desk.evaluate("getComputedStyle(document.body).color")
    fills = desk.locator(".chart text:not(.value)").evaluate_all("all => all.map(each => getComputedStyle(each).fill)")
    assert set(fills) == {text}
