"""A network that is down, and a proxy that answers for a panel that is down: the page stays, and says so."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.authenticators import Authenticators
from tests.browser.world import World

pytestmark = pytest.mark.browser
USERS = "/management/users/"
SENTENCE = "The panel can't be reached. Try again in a moment."
BAD_GATEWAY = {"status": 502, "content_type": "text/html", "body": "<html><h1>502 Bad Gateway</h1></html>"}
FAULTS = {"offline": lambda route: route.abort(), "proxy": lambda route: route.fulfill(**BAD_GATEWAY)}


@pytest.fixture
def window(world: World, open_window):
    opened = open_window(viewport={"width": 1366, "height": 768})
    opened.enter(world.olivia)
    yield opened
    # The browser itself complains of each request that fails.
    opened.complaints = [
        text for text in opened.complaints if "htmx:error" not in text and "Failed to load" not in text
    ]


def fail(page: Page, fault: str) -> None:
    page.route("**/*", FAULTS[fault])


@pytest.mark.parametrize("fault", FAULTS)
def test_a_form_keeps_what_was_typed_and_can_be_sent_again(fault, window, world):
    page = window.page
    page.goto(f"{USERS}{world.active.pk}/")
    page.get_by_role("link", name="Change name").click()
    name = page.get_by_label("Name", exact=True)
    name.fill("Lena Lind")
    fail(page, fault)
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("status").filter(has_text=SENTENCE)).to_be_visible()
    expect(name).to_have_value("Lena Lind")
    page.unroute("**/*")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_role("heading", name="Lena Lind", level=2)).to_be_visible()
    expect(page.get_by_text(SENTENCE)).to_have_count(0)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_list_stays_when_a_search_or_a_row_finds_no_panel(fault, window):
    page = window.page
    page.goto(USERS)
    rows = page.locator("[data-row]").count()
    fail(page, fault)
    page.locator("#search").fill("nina")
    expect(page.get_by_text(SENTENCE)).to_be_visible()
    expect(page.locator("[data-row]")).to_have_count(rows)
    page.get_by_role("link", name="Lena Lang").click()
    expect(page.get_by_text(SENTENCE)).to_be_visible()
    expect(page.locator("#search")).to_have_value("nina")


def test_an_error_page_of_the_panel_itself_is_shown(window, world):
    page = window.page
    page.goto(USERS)
    world.active.delete()
    page.get_by_role("link", name="Lena Lang").click()
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_passkey_that_finds_no_panel_says_so(fault, window):
    window.context.clear_cookies()
    page = window.page
    Authenticators(window).add()
    page.goto("/login/")
    fail(page, fault)
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.locator("[data-key-error]")).to_have_text(SENTENCE)
