"""The bars of the Overview: each says what it stands for, and leads to the logs of its day."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.window import PHONE

pytestmark = pytest.mark.browser


@pytest.fixture
def overview(world, open_window) -> Page:
    page = open_window(viewport={"width": 1366, "height": 768}).enter(world.olivia)
    page.goto("/")
    return page


def test_a_bar_shows_its_numbers_on_hover_and_on_focus(overview):
    days = overview.locator(".days a")
    expect(days).to_have_count(30)
    day, value = days.last, days.last.locator(".value")
    expect(value).to_be_hidden()
    day.locator(".area").hover(force=True)
    expect(value).to_be_visible()
    overview.mouse.move(0, 0)
    expect(value).to_be_hidden()
    day.focus()
    expect(value).to_be_visible()
    assert value.text_content() == day.get_attribute("aria-label")


def test_enter_on_a_bar_opens_the_logs_of_that_day_alone(overview):
    day = overview.locator(".days a").filter(has=overview.locator(".active-part")).last
    address = day.get_attribute("href")
    day.focus()
    overview.keyboard.press("Enter")
    expect(overview).to_have_url(re.compile(f"{re.escape(address)}$"))
    expect(overview.locator("[name=from]")).not_to_have_value("")
    expect(overview.locator("[data-row]").first).to_be_visible()


def test_every_part_of_a_day_can_be_clicked_not_only_its_bar(overview):
    day = overview.locator(".days a").first
    address = day.get_attribute("href")
    box = day.locator(".area").bounding_box()
    overview.mouse.click(box["x"] + box["width"] / 2, box["y"] + 4)
    expect(overview).to_have_url(re.compile(f"{re.escape(address)}$"))


def test_what_is_too_small_for_a_finger_leads_there_from_the_table_too(world, open_window):
    """A bar is 8 pixels wide on a phone; a target has 24 (WCAG 2.5.8)."""
    page = open_window(viewport=PHONE).enter(world.olivia)
    page.goto("/")
    page.get_by_text("Logins as a table").click()
    links = page.locator(".chart tbody a")
    leads = [each.get_attribute("href") for each in links.all()]
    assert leads[::-1] == [each.get_attribute("href") for each in page.locator(".days a").all()]
    sizes = links.evaluate_all("links => links.map(each => each.getBoundingClientRect())")
    assert min(min(size["width"], size["height"]) for size in sizes) >= 24
