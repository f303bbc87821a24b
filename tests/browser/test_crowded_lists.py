"""The five lists of a large contract with hostile names: nothing is cut that has no ellipsis, in every width."""

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from accounts.models import Session, User
from tests.browser.crowd import SESSIONS, USERS, Crowd
from tests.browser.test_every_page import faults, too_wide
from tests.browser.test_layout import WIDTHS
from tests.browser.window import DESK, PHONE

pytestmark = pytest.mark.browser

LISTS = ("/management/users/", "/management/roles/", "/management/applications/", "/management/logs/")
TALLEST = {375: 60, 768: 60, 1024: 53, 1280: 53, 1920: 53}
ADDRESS_LINE = 15
"""A long address of a session takes a second line."""
# Text that reaches beyond its cell, but where `.cut` ends it by an ellipsis and its title has all of it.
CUT_CELLS = """
    () => {
      const found = [], walker = document.createTreeWalker(document.querySelector('.rows'), NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode, parent = text.parentElement, cell = parent.closest('th, td');
        if (!cell || !text.data.trim() || !parent.checkVisibility()) continue;
        if (parent.closest('.cut, .visually-hidden, .more, .row-menu ul')) continue;
        if ([cell, cell.closest('thead, tbody')].some(each => getComputedStyle(each).clipPath !== 'none')) continue;
        const range = document.createRange();
        range.selectNodeContents(text);
        const inner = range.getBoundingClientRect(), outer = cell.getBoundingClientRect();
        const right = outer.right - parseFloat(getComputedStyle(cell).paddingRight);
        if (inner.right > right + 2 || inner.top < outer.top - 1 || inner.bottom > outer.bottom + 1)
          found.push(`${cell.className}: ${text.data.trim()}`);
      }
      return [...new Set(found)].slice(0, 9);
    }
"""
BROKEN_IN_MENU = """
    [...document.querySelectorAll('.menu a')].filter(link => link.checkVisibility()).flatMap(link => {
      const walker = document.createTreeWalker(link, NodeFilter.SHOW_TEXT), found = [];
      while (walker.nextNode()) for (const { 0: word, index } of walker.currentNode.data.matchAll(/\\S+/g)) {
        const range = document.createRange();
        range.setStart(walker.currentNode, index);
        range.setEnd(walker.currentNode, index + word.length);
        if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) found.push(word);
      }
      return found;
    })
"""
HEIGHTS = """
    [...document.querySelectorAll('.rows tbody tr')].filter(row => row.checkVisibility())
      .map(row => row.getBoundingClientRect().height)
"""


@pytest.fixture
def crowd(live_server) -> Crowd:
    return Crowd()


def lists_of(crowd: Crowd) -> list[str]:
    return [*LISTS, f"/management/users/{crowd.off.pk}/sessions/", "/profile/security/"]


def in_language(page: Page, url: str, language: str) -> Page:
    page.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": url}])
    return page


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("script", [True, False])
def test_every_cell_is_whole_or_ends_in_an_ellipsis_in_every_width(script, language, crowd, open_window):
    window, found = open_window(java_script_enabled=script), {}
    page = in_language(window.enter(crowd.owner), window.url, language)
    for address in lists_of(crowd):
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("lang", language)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            most = TALLEST[width] + ADDRESS_LINE * (address not in LISTS)
            tall = [height for height in page.evaluate(HEIGHTS) if height > most]
            broken = page.evaluate(BROKEN_IN_MENU)
            found[address, width] = page.evaluate(CUT_CELLS) + broken + too_wide(page) + tall
    assert {where: what for where, what in found.items() if what} == {}


def test_25_users_on_a_phone_within_2400_pixels_and_each_with_a_status_that_matters(crowd, open_window):
    page = open_window(viewport=PHONE).enter(crowd.owner)
    page.goto("/management/users/?sort=username")
    assert page.locator("[data-row]").count() == 25
    assert page.evaluate("document.documentElement.scrollHeight") <= 2400
    for user in (crowd.locked, crowd.invited, crowd.expired, crowd.off):
        expect(row_of(page, user).locator(".col-state")).to_be_visible()
        expect(row_of(page, user).locator(".col-two_factor")).to_be_visible()
    expect(row_of(page, crowd.users[4]).locator(".col-role")).to_be_visible()


def test_most_of_a_row_is_the_name_on_a_phone(crowd, open_window):
    page = open_window(viewport=PHONE).enter(crowd.owner)
    page.goto("/management/users/?sort=username")
    names = page.locator("[data-row]:has(.col-state .ok) .col-name").all()
    assert len(names) > 20
    assert all(name.bounding_box()["width"] >= 135 for name in names)
    assert page.locator("thead").evaluate("each => each.scrollWidth <= each.clientWidth")


def row_of(page: Page, user: User):
    return page.locator("[data-row]").filter(has=page.locator(f"a[href^='/management/users/{user.pk}/']").first)


@pytest.mark.parametrize(("scheme", "language"), [("light", "de"), ("dark", "en"), ("dark", "de")])
def test_axe_finds_nothing_in_a_crowded_list(scheme, language, crowd, open_window):
    window, found = open_window(color_scheme=scheme), {}
    page = in_language(window.enter(crowd.owner), window.url, language)
    for address in lists_of(crowd):
        page.goto(address)
        for width in (375, 1366):
            page.set_viewport_size({"width": width, "height": 900})
            found[address, width] = faults(page)
    assert {where: what for where, what in found.items() if what} == {}


def test_sessions_are_sorted_and_turned_over_in_place(crowd, open_window):
    page = open_window().enter(crowd.owner)
    page.goto("/profile/security/")
    opened: list[str] = []
    page.on("domcontentloaded", lambda page: opened.append(page.url))
    page.get_by_role("link", name="Next").click()
    expect(page.locator("[data-count-text]")).to_have_text(f"26–{SESSIONS + 1} of {SESSIONS + 1}")
    page.get_by_role("link", name="Address").click()
    expect(page.locator("[data-count-text]")).to_have_text(f"1–25 of {SESSIONS + 1}")
    expect(page.locator(".sessions tbody tr").first).to_contain_text("127.0.0.1")
    expect(page.get_by_role("link", name="Address")).to_be_focused()
    assert opened == []


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_without_script_the_bar_comes_with_the_first_selected_and_asks_about_them(viewport, crowd, open_window):
    page = open_window(java_script_enabled=False, viewport=viewport).enter(crowd.owner)
    page.goto("/management/users/?sort=username")
    bar = page.locator(".selection")
    expect(bar).to_be_hidden()
    for user in (crowd.locked, crowd.users[4]):
        page.locator(f"input[name=ids][value='{user.pk}']").check()
    expect(bar).to_be_in_viewport()
    expect(bar).to_contain_text("With the selected users")
    bar.get_by_role("button", name="Deactivate").click()
    for user in (crowd.locked, crowd.users[4]):
        expect(page.locator("main")).to_contain_text(user.username)
    page.get_by_role("link", name="Cancel").click()
    page.locator(f"input[name=ids][value='{crowd.locked.pk}']").check()
    page.get_by_label(f"Select all {USERS}").check()
    bar.get_by_role("button", name="Deactivate").click()
    expect(page.locator("main")).to_contain_text(f"{USERS}")


WHOLE = "cell => cell.scrollWidth <= cell.clientWidth"
LONG_AGENT = (
    "Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S911B) AppleWebKit/537.36 SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile"
)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_browsers_and_headings_of_sessions_are_whole_on_a_phone(language, crowd, open_window):
    """Also beside "This browser", with a name as long as that of a usual browser."""
    Session.objects.update(user_agent=LONG_AGENT)
    window = open_window(viewport=PHONE)
    page = in_language(window.enter(crowd.owner), window.url, language)
    page.goto("/profile/security/")
    cells = [*page.locator(".sessions thead th a").all(), *page.locator(".sessions th .cut").all()]
    assert any(cell.inner_text().startswith("Samsung Internet") for cell in cells)
    assert [cell.inner_text() for cell in cells if not cell.evaluate(WHOLE)] == []


@pytest.mark.parametrize("script", [True, False])
def test_the_addresses_and_browsers_of_sessions_are_whole_on_a_desk(script, crowd, open_window):
    Session.objects.update(user_agent=LONG_AGENT)
    page = open_window(java_script_enabled=script).enter(crowd.owner)
    for address in lists_of(crowd)[-2:]:
        page.goto(address)
        for width in (1024, 1280, 1366, 1920):
            page.set_viewport_size({"width": width, "height": 900})
            assert cut_texts(page) == [], (address, width)


@pytest.mark.parametrize("script", [True, False])
def test_short_addresses_of_sessions_are_whole_on_a_phone(script, crowd, open_window):
    Session.objects.update(ip="203.0.113.195", user_agent=LONG_AGENT)
    page = open_window(java_script_enabled=script, viewport=PHONE).enter(crowd.owner)
    for address in lists_of(crowd)[-2:]:
        page.goto(address)
        assert cut_texts(page) == [], address


def cut_texts(page: Page) -> list[str]:
    texts = page.locator(".sessions tbody .cut").all()
    assert texts
    return sorted({text.inner_text() for text in texts if not text.evaluate(WHOLE)})
