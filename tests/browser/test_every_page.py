"""What holds on every page, in every state: nothing for axe to find, no sideways scroll, no complaint, no weight."""

import gzip

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser import sheets
from tests.browser.sheets import Sheet
from tests.browser.window import DESK, NARROWEST, PHONE, Window

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
SIDEWAYS = "document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
# What stands out at the right although the page does not scroll: cut off, so nobody can ever read it.
CUT_OFF = """
    [...document.querySelectorAll('main *, header *')]
      .filter(e => e.checkVisibility() && !e.closest('.table-wrap, .visually-hidden'))
      .filter(e => { const box = e.getBoundingClientRect(); return box.width && box.right > innerWidth + 1 })
      .map(e => e.outerHTML.slice(0, 120))
"""
LOADED = """
    [performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')].map(e => e.name)
"""
SPOIL = """
    document.querySelector('label').remove();
    const h1 = document.querySelector('h1');
    h1.style.color = '#aaa'; h1.style.width = '3000px';
"""
axe = Axe()


def by_id(wanted: list[Sheet]):
    return pytest.mark.parametrize("sheet", wanted, ids=[sheet.id for sheet in wanted])


def faults(page: Page) -> list[str]:
    """What axe finds, and what does not fit into the window."""
    found = [
        f"{violation['id']}: {node['html'][:160]} ({' / '.join(each['message'] for each in node['any'])[:300]})"
        for violation in axe.run(page, options=RULES).response["violations"]
        for node in violation["nodes"]
    ]
    return [*found, *too_wide(page)]


def too_wide(page: Page) -> list[str]:
    sideways = page.evaluate(SIDEWAYS)
    return [f"cut off: {html}" for html in page.evaluate(CUT_OFF)] + [f"{sideways} px sideways"] * bool(sideways)


@by_id(sheets.sample())
def test_a_page_is_for_everybody_at_one_theme_and_width(sheet, world, open_window):
    """The theme and width change from page to page, so that the sample sees each."""
    turn = sorted(sheets.SAMPLE).index(sheet.id)
    window = open_window(color_scheme=("light", "dark")[turn % 2], viewport=(PHONE, DESK)[turn // 2 % 2])
    page = sheet.open(window, world)
    assert faults(page) == []
    page.set_viewport_size(NARROWEST)
    assert too_wide(page) == []


@pytest.mark.matrix
@pytest.mark.parametrize("language", ["en", "de"])
@by_id(sheets.matrix())
def test_a_page_is_for_everybody_in_every_theme_width_and_language(sheet, language, world, open_window):
    page = sheet.open(open_window(), world, language)
    found = {}
    for scheme in ("light", "dark"):
        for size in (DESK, PHONE, NARROWEST):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(size)
            found[scheme, size["width"]] = too_wide(page) if size is NARROWEST else faults(page)
    assert {where: what for where, what in found.items() if what} == {}


def test_all_pages_together_complain_of_nothing_and_fit_the_narrowest_phone(world, open_window):
    """One window a person; complaints (console, foreign requests) fail the test when its windows close."""
    windows: dict[str, Window] = {}
    found = {}
    for sheet in sheets.plain():
        if sheet.who not in windows:
            windows[sheet.who] = open_window(viewport=NARROWEST)
        page = sheet.open(windows[sheet.who], world)
        found[sheet.id] = too_wide(page)
    assert {where: what for where, what in found.items() if what} == {}


ERRORS = {"/fail/suspicious/": 400, "/fail/forbidden/": 403, "/read/": 405, "/fail/broken/": 500, "/fail/lost/": 503}


def test_an_error_page_is_for_everybody_whoever_sees_it(settings, world, open_window):
    settings.ROOT_URLCONF = "tests.cloudpanel.failing_urls"
    nobody, member = open_window(viewport=NARROWEST).page, open_window(color_scheme="dark").enter(world.olivia)
    found = {}
    for address, status in ERRORS.items():
        for who, page in {"nobody": nobody, "owner": member}.items():
            assert page.goto(address).status == status
            found[address, who] = faults(page)
    assert {where: what for where, what in found.items() if what} == {}


def test_a_form_from_before_a_log_in_says_what_to_do(open_window):
    page = open_window().page
    page.goto("/login/")
    page.context.clear_cookies()
    with page.expect_navigation() as answer:
        page.get_by_role("button", name="Log in", exact=True).click()
    assert answer.value.status == 403
    assert page.get_by_role("heading", name="This form has expired").is_visible()
    assert faults(page) == []


def test_the_instruments_see_a_fault_where_there_is_one(page):
    page.goto("/login/")
    assert faults(page) == []
    page.evaluate(SPOIL)
    found = " ".join(faults(page))
    for fault in ("color-contrast", "label", "cut off", "px sideways"):
        assert fault in found


def test_a_panel_page_weighs_less_than_60_kb_with_all_its_files_compressed(world, open_window):
    page = open_window().enter(world.olivia)
    for address in ("/", "/management/users/", f"/management/users/{world.active.pk}/", "/management/users/create/"):
        page.goto(address, wait_until="networkidle")
        loaded = [*page.evaluate(LOADED), page.locator("link[rel=icon]").first.get_attribute("href")]
        files = {name: len(gzip.compress(page.request.get(name).body())) for name in loaded}
        assert len(files) >= 4, files
        assert sum(files.values()) < 60_000, files


def test_first_paint_needs_the_layers_of_the_style_and_no_script(world, open_window):
    window = open_window()
    for sheet in (Sheet("login", "/login/", "nobody"), Sheet("overview", "/")):
        page = sheet.open(window, world)
        assert page.locator("link[rel=stylesheet]").count() == 4
        assert page.locator("style").count() == 0
        assert {script.get_attribute("defer") for script in page.locator("script").all()} == {""}
