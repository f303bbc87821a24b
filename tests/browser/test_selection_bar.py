"""The bar with what can be done with the selected users covers neither the focus nor its own buttons."""

import pytest

from tests.factories import make_many

pytestmark = pytest.mark.browser

SIZES = [{"width": 375, "height": 740}, {"width": 1366, "height": 768}]
COVERED = """
    () => {
      const bar = document.querySelector('.selection').getBoundingClientRect();
      const focused = document.activeElement, box = focused.getBoundingClientRect();
      return focused.closest('.rows') && box.bottom > bar.top && box.top < bar.bottom ? focused.outerHTML : '';
    }
"""
OUTSIDE = """
    buttons => buttons.filter(each => {
      const box = each.getBoundingClientRect();
      return box.right > innerWidth || box.bottom > innerHeight || each.scrollWidth > each.clientWidth;
    }).map(each => each.innerText)
"""


@pytest.fixture(params=SIZES, ids=["phone", "desk"])
def page(request, world, open_window):
    make_many(world.contract, 25)
    page = open_window(viewport=request.param).enter(world.olivia)
    page.goto("/management/users/?q=many")
    first = page.locator("tbody [name=ids]").first
    first.focus()
    first.press("Space")
    return page


def test_the_focus_is_never_behind_the_bar(page):
    covered = [page.evaluate(COVERED)]
    for key in ["Tab"] * 60 + ["Shift+Tab"] * 20:
        page.keyboard.press(key)
        covered.append(page.evaluate(COVERED))
    assert [each for each in covered if each] == []


@pytest.mark.parametrize("language", ["en", "de"])
def test_all_that_can_be_done_is_in_view(language, page):
    page.context.add_cookies([{"name": "language", "value": language, "url": page.url}])
    page.reload()
    page.locator("tbody [name=ids]").first.check()
    buttons = page.locator(".selection .button")
    assert buttons.count() == 7
    assert buttons.evaluate_all(OUTSIDE) == []
