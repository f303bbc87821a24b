"""Tables that can be read at every width, whatever somebody is called, and pages that never scroll sideways."""

import pytest
from playwright.sync_api import Page

from accounts.models import AuditRow, Event, Outcome
from tests.browser import sheets
from tests.browser.sheets import Sheet
from tests.browser.test_every_page import SIDEWAYS, too_wide
from tests.browser.window import PHONE, Window
from tests.browser.world import LONG_NAME, LONG_USERNAME, World

pytestmark = pytest.mark.browser

WIDTHS = (375, 768, 1024, 1280, 1920)
TABLES = ("users-long", "roles-long", "role_users-long", "logs-long", "user_sessions-long", "import-preview-long")
OPEN_DETAILS = "document.querySelectorAll('details').forEach(each => { each.open = true })"
TWICE_THE_TEXT = "document.documentElement.style.fontSize = '200%'"
# Words that stand on more than one line. Long ones may, unless they are among those that have to stay whole.
BROKEN = """
    whole => {
      const found = [], walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
      const wholeWords = new RegExp(whole.join('|') + '|(?<![^\\\\s-])[^\\\\s-]{1,24}(?![^\\\\s-])', 'g');
      while (walker.nextNode()) {
        const node = walker.currentNode;
        if (!node.parentElement.closest('table') || !node.parentElement.checkVisibility()) continue;
        for (const { 0: word, index } of node.data.matchAll(wholeWords)) {
          if (word.length > 24 && node.parentElement.closest('.more')) continue;  // shown whole only there
          const range = document.createRange();
          range.setStart(node, index);
          range.setEnd(node, index + word.length);
          if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) found.push(word);
        }
      }
      return found;
    }
"""
CUT_COLUMNS = """
    [...document.querySelectorAll('.table-wrap')]
      .filter(each => each.scrollWidth > each.clientWidth)
      .map(each => `${each.scrollWidth} px of columns in ${each.clientWidth} px`)
"""
THIN_DETAILS = """
    [...document.querySelectorAll('td details dd')].filter(each => each.checkVisibility())
      .map(each => each.getBoundingClientRect().width).filter(width => width < 150)
"""
WITHOUT_TITLE = """
    [...document.querySelectorAll('table .cut')]
      .filter(each => each.scrollWidth > each.clientWidth && each.title !== each.textContent.trim())
      .map(each => each.outerHTML.slice(0, 120))
"""
# Folded cells write their label before the value. A generated box can't be asked for its text's width, so a copy of
# it stands in: one that is wider than its column lies over the value.
LABELS_OVER_VALUES = """
    [...document.querySelectorAll('.fold td[data-label]')].filter(cell => cell.checkVisibility()).flatMap(cell => {
      const style = getComputedStyle(cell, '::before'), copy = document.createElement('span');
      for (const name of ['font', 'width', 'whiteSpace', 'overflowWrap', 'wordBreak', 'letterSpacing'])
        copy.style[name] = style[name];
      Object.assign(copy.style, { display: 'block', position: 'absolute' });
      copy.textContent = cell.dataset.label;
      cell.append(copy);
      const over = copy.scrollWidth > copy.clientWidth;
      copy.remove();
      return over ? [cell.dataset.label] : [];
    })
"""
# Not every Chromium has a dictionary to hyphenate by, so a word has to fit even where nothing is hyphenated.
BROKEN_HEADINGS = """
    [...document.querySelectorAll('main :is(h1, h2, h3)')].filter(each => each.checkVisibility()).flatMap(heading => {
      const found = getComputedStyle(heading).hyphens === 'auto' ? [] : [`not hyphenated: ${heading.textContent}`];
      heading.style.hyphens = 'manual';
      const walker = document.createTreeWalker(heading, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) for (const { 0: word, index } of walker.currentNode.data.matchAll(/[^\\s-]+/g)) {
        const range = document.createRange();
        range.setStart(walker.currentNode, index);
        range.setEnd(walker.currentNode, index + word.length);
        if (new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1) found.push(word);
      }
      return found;
    })
"""


def table_sheets() -> list[Sheet]:
    csv = f"username,name,role\n{LONG_USERNAME},Neo Neu,No such role\ndemo-administrator,{LONG_NAME},No such role\n"
    preview = Sheet(
        "import-preview-long",
        "/management/users/import/",
        "wordy",
        press="Preview import",
        fill=(("file", csv),),
    )
    found = {sheet.id: sheet for sheet in [*sheets.long_names(), preview]}
    return [found[name] for name in TABLES]


def write_long_rows(world: World) -> None:
    """Log rows about the people with the long names, with long details, from long addresses."""
    contract_id = world.wordy.get("/").wsgi_request.contract.pk
    for outcome in Outcome:
        AuditRow.objects.create(
            contract_id=contract_id,
            event=Event.USER_NAME,
            outcome=outcome,
            actor_id=world.wordy_ids["user_id"],
            actor_label=LONG_USERNAME,
            target_label="demo-administrator",
            ip="2001:db8:1234:5678:9abc:def0:1234:5678",
            user_agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 " * 5,
            detail={"old": LONG_NAME, "new": "Anna-Maria Hohenstein"},
        )


@pytest.mark.parametrize("language", ["en", "de"])
def test_f28_tables_can_be_read_at_every_width_whatever_somebody_is_called(language, world, open_window):
    window, found = open_window(), {}
    write_long_rows(world)
    for sheet in table_sheets():
        page = sheet.open(window, world, language)
        page.evaluate(OPEN_DETAILS)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            found[sheet.id, width] = table_faults(page, width)
    assert {where: what for where, what in found.items() if what} == {}


def table_faults(page: Page, width: int) -> list[str]:
    faults = [f"broken: {word[:60]}" for word in page.evaluate(BROKEN, [LONG_USERNAME, "demo-administrator"])]
    faults += [f"a detail {thin:.0f} px wide" for thin in page.evaluate(THIN_DETAILS)]
    faults += [f"cut without its text: {html}" for html in page.evaluate(WITHOUT_TITLE)]
    return faults + too_wide(page) + (page.evaluate(CUT_COLUMNS) if width >= 1024 else [])


@pytest.mark.parametrize("language", ["en", "de"])
def test_f41_no_page_is_wider_than_its_window(language, world, open_window):
    """Complaints of the pages (console, foreign requests) fail the test when its windows close."""
    windows: dict[str, Window] = {}
    found = {}
    for sheet in [*sheets.plain(), *sheets.long_names()]:
        if sheet.who not in windows:
            windows[sheet.who] = open_window()
        page = sheet.open(windows[sheet.who], world, language)
        page.evaluate(OPEN_DETAILS)
        for width in (320, 840):
            page.set_viewport_size({"width": width, "height": 640})
            found[sheet.id, width] = too_wide(page)
        page.set_viewport_size({"width": 1280, "height": 800})
        page.evaluate(TWICE_THE_TEXT)
        found[sheet.id, "1280, text twice as large"] = too_wide(page)
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_page_and_no_table_scrolls_sideways_on_a_phone_with_text_twice_as_large(language, world, open_window):
    windows: dict[str, Window] = {}
    found, tables = {}, 0
    for sheet in [*sheets.plain(), *sheets.long_names()]:
        if sheet.who not in windows:
            windows[sheet.who] = open_window(viewport=PHONE)
        page = sheet.open(windows[sheet.who], world, language)
        page.evaluate(TWICE_THE_TEXT)
        if page.locator(".table-wrap").count():
            tables += 1
            found[sheet.id] = [*page.evaluate(CUT_COLUMNS), page.evaluate(SIDEWAYS)]
        if not page.locator(".chart").count():  # its values are drawn where the bars are
            found[sheet.id, "page"] = [*too_wide(page), 0]
    assert tables > 10
    assert {where: what for where, what in found.items() if what != [0]} == {}


@pytest.mark.parametrize("language", ["en", "de"])
def test_no_label_lies_over_its_value_and_no_heading_breaks_inside_a_word_on_a_phone(language, world, open_window):
    windows: dict[str, Window] = {}
    found, labels = {}, 0
    for sheet in sheets.plain():
        if sheet.who not in windows:
            windows[sheet.who] = open_window(viewport=PHONE)
        page = sheet.open(windows[sheet.who], world, language)
        assert page.locator("html").get_attribute("lang") == language
        labels += page.locator(".fold td[data-label]:visible").count()
        found[sheet.id] = page.evaluate(LABELS_OVER_VALUES) + page.evaluate(BROKEN_HEADINGS)
    assert labels
    assert {where: what for where, what in found.items() if what} == {}


AWAY_FROM_THEIR_VALUES = """
    [...document.querySelectorAll('.fact:has(.pencil)')].map(fact => {
      const text = document.createRange();
      text.selectNodeContents(fact.querySelector('dd'));
      const pencil = fact.querySelector('.pencil').getBoundingClientRect();
      return [fact.querySelector('dt').textContent, pencil.left - text.getBoundingClientRect().right];
    }).filter(([label, gap]) => gap > 48)
"""


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("address", ["/profile/", "/management/users/{user_id}/"])
def test_a_pencil_stands_beside_its_value_whatever_is_said_of_it_beneath(address, language, world, open_window):
    window = open_window(viewport={"width": 1366, "height": 768})
    page = Sheet("facts", address).open(window, world, language)
    assert page.locator(".pencil").count() >= 3
    assert page.evaluate(AWAY_FROM_THEIR_VALUES) == []


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1280, "height": 800}], ids=["phone", "desk"])
def test_a_sentence_under_needs_attention_has_half_of_the_card_at_least(viewport, world, open_window):
    page = Sheet("overview", "/").open(open_window(viewport=viewport), world)
    sentences = page.locator(".needs dt")
    assert sentences.count() >= 2
    half = page.locator(".needs").bounding_box()["width"] / 2
    assert all(sentence.bounding_box()["width"] >= half for sentence in sentences.all())
