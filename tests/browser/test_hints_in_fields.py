"""What stands in an empty field as a hint can be read in both themes. axe doesn't look at it."""

import pytest

pytestmark = pytest.mark.browser

PAGES = ("/management/users/", "/management/roles/", "/management/applications/", "/management/logs/")
CONTRASTS = """
    () => {
      const light = text => {
        const [red, green, blue] = text.match(/[\\d.]+/g).map(part => part / 255)
          .map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
        return .2126 * red + .7152 * green + .0722 * blue + .05;
      };
      return [...document.querySelectorAll('[placeholder]')].filter(field => field.checkVisibility()).map(field => {
        const hint = getComputedStyle(field, '::placeholder');
        const [a, b] = [hint.color, getComputedStyle(field).backgroundColor].map(light);
        return Math.max(a, b) / Math.min(a, b) * hint.opacity;
      });
    }
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_hint_of_a_search_can_be_read(theme, world, open_window):
    page = open_window(color_scheme=theme).enter(world.olivia)
    found = []
    for address in PAGES:
        page.goto(address)
        found += page.evaluate(CONTRASTS)
    assert len(found) >= 2
    assert min(found) >= 4.5  # WCAG 1.4.3
