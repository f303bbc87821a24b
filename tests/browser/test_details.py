"""Details that a critical eye rests on: what lines up, what is whole, and what says the same thing in the same way."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from tests.browser import sheets
from tests.browser.sheets import Sheet
from tests.browser.test_crowded_lists import in_language
from tests.browser.window import DESK, PHONE
from tests.factories import make_application

pytestmark = pytest.mark.browser

HINT = """
    field => {
      const pen = document.createElement("canvas").getContext("2d"), style = getComputedStyle(field);
      pen.font = getComputedStyle(field, "::placeholder").font;
      const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      return pen.measureText(field.placeholder).width <= room || style.textOverflow;
    }
"""
TOP = "each => Math.round(each.getBoundingClientRect().top)"
LEFT = "each => Math.round(each.getBoundingClientRect().left)"
TEXT_RIGHT = """
    each => { const range = document.createRange(); range.selectNodeContents(each);
              return Math.round(range.getBoundingClientRect().right) }
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


def without_its_text(route: Route) -> None:
    route.fulfill(body="", content_type="text/javascript")


def left(page: Page, selector: str) -> set[int]:
    found = {each.evaluate(LEFT) for each in page.locator(selector).all()}
    assert found
    return found


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


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_stands_beside_the_names_lines_up_on_a_phone(language, world, open_window):
    for number in range(3):
        used_at = timezone.now() - timedelta(days=40 * number) if number else None
        make_application(world.contract, f"https://a{number}.example.com", last_used_at=used_at)
    window = open_window(viewport=PHONE)
    page = in_language(window.enter(world.olivia), window.url, language)
    for address in ("/management/users/", "/management/applications/"):
        page.goto(address)
        assert len(left(page, ".rows tbody .at-top")) == 1, address


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_the_foot_of_the_page_lines_up_with_the_page(viewport, world, open_window):
    page = open_window(viewport=viewport).enter(world.olivia)
    page.goto("/management/roles/")
    box = page.locator(".table-wrap").bounding_box()
    right = page.locator(".foot button[value=de]").evaluate(TEXT_RIGHT)
    assert abs(right - box["x"] - box["width"]) <= 2


def test_no_two_landmarks_have_the_same_name(world, open_window):
    page = open_window().enter(world.olivia)
    page.goto("/")
    page.locator(".account > summary").click()
    expect(page.locator(".account button[value=de]")).to_be_visible()
    assert page.get_by_role("form", name="Language").count() == 1


@pytest.mark.parametrize(("address", "who"), [("/profile/security/keys/{key_id}/delete/", "kim"),
                                              ("/profile/security/app/delete/", "kira")])  # fmt: skip
def test_the_button_that_removes_a_factor_is_red(address, who, world, open_window):
    page = Sheet("remove", address, who).open(open_window(), world)
    expect(page.get_by_role("button", name="Remove", exact=True)).to_contain_class("danger")


def test_dragging_is_told_beside_the_field_for_the_file(world, open_window):
    page = open_window().enter(world.olivia)
    page.goto("/management/users/import/")
    field, hint = page.locator("[type=file]").bounding_box(), page.get_by_text("Or drag the file").bounding_box()
    assert 0 <= hint["y"] - field["y"] - field["height"] < 16


def test_the_cards_of_a_question_about_several_are_of_the_same_width(world, open_window):
    page = next(sheet for sheet in sheets.states() if sheet.id == "users-bulk-delete").open(open_window(), world)
    assert len({round(card.bounding_box()["width"]) for card in page.locator("main .card").all()}) == 1


@pytest.mark.parametrize("name", ["password_new", "password_reset", "dead-link", "forgot-sent", "no-contract", "login"])
def test_the_buttons_below_a_card_of_the_entrance_are_as_wide_as_it(name, world, open_window):
    page = next(sheet for sheet in sheets.matrix() if sheet.id == name).open(open_window(), world)
    buttons = [*page.locator(".card .button.primary").all(), *page.locator(".card a.button").all()]
    widths = {round(button.bounding_box()["width"]) for button in buttons}
    assert widths == {round(page.locator(".card h1").bounding_box()["width"])}


def test_unlock_stands_where_it_is_said_that_somebody_is_locked(world, open_window):
    page = open_window().enter(world.olivia)
    page.goto(f"/management/users/{world.locked.pk}/")
    notice = page.locator(".notice", has_text="Too many attempts")
    notice.get_by_role("button", name="Unlock").click()
    expect(page.locator("main")).to_contain_text("unlocked")
    expect(page.get_by_role("button", name="Unlock")).to_have_count(0)


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


def test_a_name_from_right_to_left_begins_where_the_others_begin(world, open_window):
    for name in ("Wiki", "ويكي"):
        make_application(world.contract, f"https://{len(name)}{ord(name[0])}.example.com", name=name)
    page = open_window().enter(world.olivia)
    page.goto(f"/management/users/{world.active.pk}/")
    begins = page.locator(".values .cut").evaluate_all(
        """cells => cells.map(cell => { const range = document.createRange(); range.selectNodeContents(cell);
                                        return Math.round(range.getBoundingClientRect().left) })"""
    )
    assert len(begins) == 2
    assert len(set(begins)) == 1


def test_on_paper_there_is_nothing_to_press(world, open_window):
    page = open_window().enter(world.olivia)
    page.emulate_media(media="print")
    for address in (
        f"/management/users/{world.active.pk}/",
        "/management/logs/",
        f"/management/roles/{world.role.pk}/",
    ):
        page.goto(address)
        assert page.locator(".pencil:visible, .tabs a:not([aria-current]):visible, main button:visible").count() == 0


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_no_list_moves_when_the_scripts_have_loaded(viewport, world, open_window):
    before, after = (open_window(viewport=viewport).enter(world.olivia) for _ in range(2))
    before.route("**/*.js", without_its_text)
    for name in ("users", "roles", "logs", f"users/{world.active.pk}"):
        tops = []
        for page in (before, after):
            page.goto(f"/management/{name}/", wait_until="networkidle")
            tops.append(page.locator("#list").evaluate(TOP))
        assert tops[0] == tops[1], name


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_the_list_leaves_room_for_more_information_before_that_has_arrived(viewport, world, open_window):
    page = open_window(viewport=viewport).enter(world.olivia)
    page.goto(f"/management/users/{world.active.pk}/")
    width = "list => list.getBoundingClientRect().width"
    whole = page.locator("#list").evaluate(width)
    page.evaluate("document.getElementById('more').replaceChildren()")
    assert page.locator("#list").evaluate(width) == whole


def test_the_button_for_the_search_is_there_where_htmx_is_not(world, open_window):
    page = open_window().enter(world.olivia)
    page.goto("/management/users/")
    expect(page.get_by_role("button", name="Search", exact=True)).to_be_hidden()
    page.route("**/htmx*.js", without_its_text)
    page.reload()
    expect(page.get_by_role("button", name="Search", exact=True)).to_be_visible()
