"""Details that a critical eye rests on: what lines up, what is whole, and what says the same thing in the same way."""

import pytest

from tests.browser import sheets
from tests.browser.sheets import Sheet
from tests.browser.test_crowded_lists import in_language
from tests.browser.window import PHONE

pytestmark = pytest.mark.browser

HINT = """
    field => {
      const pen = document.createElement("canvas").getContext("2d"), style = getComputedStyle(field);
      pen.font = getComputedStyle(field, "::placeholder").font;
      const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      return pen.measureText(field.placeholder).width <= room || style.textOverflow;
    }
"""
BROKEN = """
    (cells) => cells.flatMap((cell) => {
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT), found = [];
      while (walker.nextNode()) for (const { 0: word, index } of walker.currentNode.data.matchAll(/[^\\s-]+/g)) {
        const range = document.createRange();
        range.setStart(walker.currentNode, index);
        range.setEnd(walker.currentNode, index + word.length);
        if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) found.push(word);
      }
      return found;
    })
"""


@pytest.mark.parametrize("width", [1280, 1366])
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_hint_of_a_search_is_whole_on_a_desk(language, width, world, open_window):
    window = open_window(viewport={"width": width, "height": 768})
    page = in_language(window.enter(world.olivia), window.url, language)
    addresses = [f"/management/{name}/" for name in ("users", "roles", "applications", "logs")]
    for address in [*addresses, f"/management/users/{world.active.pk}/"]:
        page.goto(address)
        hint = page.locator("#search").evaluate(HINT)
        assert hint is True, address


def test_a_hint_without_room_ends_in_an_ellipsis(world, open_window):
    window = open_window(viewport=PHONE)
    page = in_language(window.enter(world.olivia), window.url, "de")
    page.goto("/management/users/")
    assert page.locator("#search").evaluate(HINT) == "ellipsis"


def test_the_current_page_takes_one_line_in_the_breadcrumb(world, open_window):
    for sheet in sheets.long_names():
        if not sheet.address.startswith(("/management/users/{user_id}/", "/management/roles/{role_id}/")):
            continue
        page = sheet.open(open_window(), world)
        last = page.locator(".breadcrumb > li").last
        assert last.bounding_box()["height"] < 30, sheet.id


@pytest.mark.parametrize("name", ["overview-rollout", "security", "keys", "role_users", "import-rehearsal"])
def test_no_table_is_wider_than_a_phone_without_script(name, world, open_window):
    window = open_window(java_script_enabled=False, viewport=PHONE)
    page = next(sheet for sheet in sheets.matrix() if sheet.id == name).open(window, world, "de")
    for table in page.locator(".table-wrap").all():
        assert table.evaluate("each => each.scrollWidth <= each.clientWidth")


def test_no_word_of_the_log_is_broken_beside_its_time(world, open_window):
    window = open_window(java_script_enabled=False, viewport=PHONE)
    page = Sheet("user", "/management/users/{user_id}/").open(window, world, "de")
    wrapped = page.locator(".entries li > :first-child").evaluate_all(BROKEN)
    assert wrapped == []
