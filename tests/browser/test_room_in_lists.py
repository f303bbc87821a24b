"""Lists give their room to what is read: names, whole labels of filters, a scale beside its bars."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from tests.browser.crowd import Crowd
from tests.browser.test_crowded_lists import LISTS, in_language
from tests.factories import make_application, make_member

pytestmark = pytest.mark.browser

LINES_OF_LABELS = """
    [...document.querySelectorAll('.filters > label:not(.filters-switch)')].filter(label => label.checkVisibility())
      .map(label => {
        const range = document.createRange();
        range.selectNodeContents([...label.childNodes].find(each => each.data?.trim()));
        return [label.textContent.trim().split('\\n')[0], range.getClientRects().length, label.offsetTop];
      })
"""
TOPS = "buttons => buttons.map(each => each.offsetTop)"
WHOLE = "each => each.scrollWidth <= each.clientWidth"
OVER_BARS = """
    [...document.querySelectorAll('.days .scale')].flatMap(scale => {
      const text = scale.getBoundingClientRect();
      return [...document.querySelectorAll('.days a rect')].map(bar => bar.getBoundingClientRect())
        .filter(bar => bar.left < text.right && bar.right > text.left);
    }).length
"""


@pytest.fixture
def crowd(live_server) -> Crowd:
    return Crowd()


def at(page: Page, address: str, width: int) -> Page:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    return page


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_label_of_a_filter_is_one_line_and_the_filters_are_one_row(language, crowd, open_window):
    window, found = open_window(), {}
    page = in_language(window.enter(crowd.owner), window.url, language)
    for address in LISTS:
        for width in (1024, 1366):
            labels = at(page, address, width).evaluate(LINES_OF_LABELS)
            assert len(labels) > 2
            tops = {top for _, _, top in labels}
            found[address, width] = [label for label, lines, _ in labels if lines > 1] + sorted(tops)[1:]
    assert {where: what for where, what in found.items() if what} == {}


@pytest.mark.parametrize(("language", "whole"), [("en", 20), ("de", 0)])
def test_the_name_is_what_a_list_of_users_has_most_room_for(language, whole, crowd, open_window):
    window = open_window()
    page = in_language(window.enter(crowd.owner), window.url, language)
    at(page, "/management/users/?q=anna-maria&sort=name", 1366)
    names = page.locator("tbody .col-name a .cut").all()
    assert len(names) == 25
    assert sum(name.evaluate(WHOLE) for name in names) >= whole
    others = page.locator("tbody tr").first.locator("td").all()
    widths = [cell.bounding_box()["width"] for cell in others]
    assert page.locator("tbody .col-name").first.bounding_box()["width"] > max(widths)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("width", [375, 768])
def test_what_can_be_done_with_users_is_one_row(width, language, crowd, open_window):
    window = open_window()
    page = at(in_language(window.enter(crowd.owner), window.url, language), "/management/users/", width)
    tops = page.locator(".page-head .button:visible").evaluate_all(TOPS)
    assert len(tops) >= 3
    assert len(set(tops)) == 1
    if width > 375:
        assert page.locator("h1").bounding_box()["y"] + 40 > page.locator(".page-head .primary").bounding_box()["y"]


def test_the_focus_of_a_checkbox_is_drawn_whole(crowd, open_window):
    page = at(open_window().enter(crowd.owner), "/management/users/", 1366)
    around = page.locator("tbody .select label, tbody .select").all()
    assert around
    assert {each.evaluate("each => getComputedStyle(each).overflow") for each in around} == {"visible"}


@pytest.mark.parametrize("width", [320, 375, 1366])
def test_the_scale_of_the_chart_stands_beside_its_bars_and_its_values_within_the_window(width, world, open_window):
    window = open_window()
    page = at(in_language(window.enter(world.olivia), window.url, "de"), "/", width)
    assert page.locator(".days .scale").count() > 0
    assert page.evaluate(OVER_BARS) == 0
    boxes = [value.bounding_box() for value in page.locator(".days .value").all()]
    assert all(box["x"] > 0 and box["x"] + box["width"] < width for box in boxes)


OVERLAPPING = """
    [...document.querySelectorAll('.fold input[type=checkbox]')].map(each => each.getBoundingClientRect())
      .filter((box, n, all) => n && all[n - 1].bottom > box.top).length
"""


def test_boxes_to_tick_on_a_phone_stand_one_below_the_other(crowd, open_window):
    page = at(open_window().enter(crowd.owner), f"/management/roles/{crowd.role.pk}/users/?show=add", 375)
    assert page.locator(".fold tbody input[type=checkbox]").count() > 5
    assert page.evaluate(OVERLAPPING) == 0


def test_names_have_most_room_among_the_users_of_a_role(crowd, open_window):
    page = at(open_window().enter(crowd.owner), f"/management/roles/{crowd.role.pk}/users/", 1366)
    widths = [cell.bounding_box()["width"] for cell in page.locator(".fold tbody tr").first.locator("th, td").all()]
    assert len(widths) == 4
    assert max(widths) == widths[0]


def test_the_button_that_deletes_an_application_says_so(world, open_window):
    application = make_application(world.contract, name="Grafana")
    page = open_window().enter(world.olivia)
    page.goto(f"/management/applications/{application.pk}/delete/")
    assert page.locator("main form button").inner_text() == "Delete Grafana"


HERE = """
    [...document.querySelectorAll('.breadcrumb')].flatMap(trail => {
      const here = trail.querySelectorAll('[aria-current=page]');
      return [here.length, here.length && trail.lastElementChild.contains(here[0]) ? 1 : 0];
    })
"""


@pytest.mark.parametrize(
    "address",
    [
        "/profile/security/keys/",
        "/two-factor/recovery-codes/",
        "/management/users/{user}/two-factor-required/",
        "/management/users/{user}/two-factor-reset/",
        "/management/users/{user}/delete/",
    ],
)
def test_a_trail_ends_with_the_page_that_is_open(address, world, open_window):
    person = world.lena if "{user}" not in address else world.olivia
    page = open_window().enter(person)
    page.goto(address.format(user=world.active.pk))
    assert page.evaluate(HERE) == [1, 1]


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_ordinary_name_is_whole_on_a_phone(language, world, open_window):
    for number in range(5):
        make_member(world.contract, f"many{number}", name=f"Many Müller 000{number}")
    window = open_window()
    page = at(in_language(window.enter(world.olivia), window.url, language), "/management/users/?q=many", 375)
    names = page.locator("tbody .col-name a .cut").all()
    assert len(names) == 5
    assert all(name.evaluate(WHOLE) and name.bounding_box()["height"] < 40 for name in names)


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_state_takes_little_room_from_the_name_on_a_phone(language, crowd, open_window):
    """Those who are invited or locked are named about as widely as the others, and their state is read whole."""
    window = open_window()
    address = "/management/users/?sort=username"
    page = at(in_language(window.enter(crowd.owner), window.url, language), address, 375)
    assert all(name.bounding_box()["width"] >= 120 for name in page.locator("tbody .col-name").all())
    states = page.locator("td.col-state:not(:has(.ok))").all()
    assert len(states) == 4
    assert all(state.evaluate(WHOLE) for state in states)


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("address", "cells", "width"),
    [
        ("/profile/security/", ".col-ip .cut", 1366),
        ("/profile/security/", ".col-ip .cut", 375),
        ("/management/users/?sort=name&q=pat", "td.col-required", 1366),
    ],
)
def test_an_address_and_a_planned_date_are_whole(address, cells, width, language, crowd, open_window):
    soon = timezone.now() + timedelta(days=9)
    make_member(crowd.contract, "pat", two_factor_required=True, two_factor_required_from=soon)
    window = open_window()
    page = at(in_language(window.enter(crowd.owner), window.url, language), address, width)
    found = page.locator(f".rows tbody {cells}").all()
    assert any(len(cell.inner_text()) > 15 for cell in found)
    assert [cell.inner_text() for cell in found if not cell.evaluate(WHOLE)] == []
