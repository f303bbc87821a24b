"""Django admin looks like a part of the panel: its colours in both themes, one header row, names instead of ids."""

import pytest
from django.urls import reverse

from accounts.models import AuditRow, Event, Outcome, User
from tests.browser.window import DESK, PHONE
from tests.browser.world import LONG_USERNAME
from tests.factories import make_admin, make_member, make_owner
from tests.people import Person

pytestmark = pytest.mark.browser

COLOURS = """
    () => Object.fromEntries(['body', '#header'].map(name =>
      [name, getComputedStyle(document.querySelector(name)).backgroundColor]))
"""
PANEL = {
    "light": {"body": "rgb(255, 255, 255)", "#header": "rgb(13, 43, 77)"},
    "dark": {"body": "rgb(24, 32, 41)", "#header": "rgb(11, 26, 43)"},
}
# Contrast of each text of the header and of headings with what is behind it.
PALE = """
    () => {
      const parts = colour => colour.match(/[\\d.]+/g).map(Number);
      const light = colour => {
        const linear = c => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
        const [r, g, b] = parts(colour).map(c => linear(c / 255));
        return .2126 * r + .7152 * g + .0722 * b;
      };
      const behind = e => {
        for (; e; e = e.parentElement) {
          const colour = getComputedStyle(e).backgroundColor;
          if (parts(colour)[3] !== 0) return colour;
        }
        return 'rgb(255, 255, 255)';
      };
      return [...document.querySelectorAll('a, h1, h2, th, td, label, p, button, summary')]
        .filter(e => e.checkVisibility() && e.innerText.trim())
        .filter(e => {
          const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
          return (a + .05) / (b + .05) < 4.5;
        })
        .map(e => e.outerHTML.slice(0, 120));
    }
"""


@pytest.fixture
def lena(live_server):
    return make_member(make_owner().contracts.get(), name="Lena " + "L" * 120)


@pytest.fixture
def rita(lena) -> Person:
    return Person(make_admin()).enrol()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("chosen", [True, False], ids=["chosen", "system"])
def test_every_page_wears_the_panels_colours_and_can_be_read(rita, lena, open_window, theme, chosen):
    system = {"light": "dark", "dark": "light"}[theme] if chosen else theme
    window = open_window(color_scheme=system)
    page = window.enter(rita)
    if chosen:
        page.context.add_cookies([{"name": "theme", "value": theme, "url": window.url}])
    user = reverse("admin:accounts_user_change", args=[lena.pk])
    for address in ("/admin/", reverse("admin:accounts_user_changelist"), user):
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            page.goto(address)
            assert page.evaluate(COLOURS) == PANEL[theme]
            assert page.evaluate(PALE) == [], address
            assert page.locator("#header").bounding_box()["height"] <= 72
            tops = [each.bounding_box()["y"] for each in page.locator("#user-tools a").all()]
            assert len(set(tops)) == 1


def test_the_theme_is_chosen_in_the_footer(rita, open_window):
    page = open_window().enter(rita)
    page.goto("/admin/accounts/user/")
    page.get_by_role("button", name="Dark").click()
    page.wait_for_url("**/admin/accounts/user/")
    assert page.evaluate(COLOURS) == PANEL["dark"]


def test_a_log_row_names_whom_it_is_about(rita, lena, open_window):
    row = AuditRow.objects.create(
        event=Event.USER_NAME,
        outcome=Outcome.OK,
        actor_id=4711,
        actor_label="olivia",
        target_id=lena.pk,
        target_label="lena",
    )
    page = open_window().enter(rita)
    page.goto(reverse("admin:accounts_auditrow_change", args=[row.pk]))
    shown = page.locator("#content").inner_text()
    assert "olivia" in shown
    assert "lena" in shown
    assert "4711" not in shown
    assert "None" not in shown


@pytest.mark.parametrize("width", [768, 1024, 1366])
def test_the_history_button_stands_beside_the_longest_heading(rita, lena, open_window, width):
    User.objects.filter(pk=lena.pk).update(username=LONG_USERNAME)
    page = open_window(viewport={"width": width, "height": 768}).enter(rita)
    page.goto(reverse("admin:accounts_user_change", args=[lena.pk]))
    heading = page.get_by_role("heading", name=LONG_USERNAME)
    text = heading.evaluate(
        "each => { const text = document.createRange(); text.selectNodeContents(each);"
        " return text.getBoundingClientRect().toJSON() }"
    )
    button = page.get_by_role("link", name="History").bounding_box()
    assert button["x"] >= text["right"] or button["y"] >= text["bottom"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
