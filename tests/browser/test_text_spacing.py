"""A reader may space text out (WCAG 1.4.12): nothing is lost, and no page becomes wider than its window."""

import pytest

from tests.browser import sheets
from tests.browser.sheets import Sheet
from tests.browser.test_every_page import too_wide
from tests.browser.window import DESK, NARROWEST, Window

pytestmark = pytest.mark.browser

SPACED = """
    on => {
      const style = new CSSStyleSheet();
      style.replaceSync(`
        * { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
        p { margin-bottom: 2em !important }`);
      document.adoptedStyleSheets = on ? [style] : [];
    }
"""
# Text that ends in an ellipsis, or is cut off, and has no title that says all of it. The page that a trail ends with is
# named by the heading below it.
CUT = """
    () => [...document.querySelectorAll('main *, header *')]
      .filter(e => e.checkVisibility() && e.clientWidth > 1)
      .filter(e => !e.closest('[title], .visually-hidden, svg, .breadcrumb'))
      .filter(e => !e.matches('input, select') && getComputedStyle(e).overflowX !== 'visible')
      .filter(e => e.scrollWidth > e.clientWidth + 1 && !e.matches('.configuration, .selection *'))
      .map(e => e.outerHTML.slice(0, 120))
"""


def lost(sheet: Sheet, window: Window, world) -> list[str]:
    page, found = sheet.open(window, world), []
    for size in (DESK, NARROWEST):
        page.set_viewport_size(size)
        page.evaluate(SPACED, False)
        before = page.evaluate(CUT)
        page.evaluate(SPACED, True)
        found += too_wide(page) + [html for html in page.evaluate(CUT) if html not in before]
    return found


def test_text_that_a_reader_spaces_out_is_all_there(world, open_window):
    windows: dict[str, Window] = {}
    found = {}
    for sheet in [*sheets.plain(), Sheet("user-locked", "/management/users/{locked_id}/")]:
        found[sheet.id] = lost(sheet, windows.get(sheet.who) or windows.setdefault(sheet.who, open_window()), world)
    assert {where: what for where, what in found.items() if what} == {}
