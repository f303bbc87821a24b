"""What a list leaves out on a phone, and what it doesn't, and what stands around an opened row."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import AuditRow, Event, Outcome
from tests.browser.window import DESK, PHONE

pytestmark = pytest.mark.browser

AROUND_TEXT = """
    [...document.querySelectorAll('[aria-labelledby=permissions] li')].map(item => {
      const range = document.createRange();
      range.selectNodeContents(item);
      return item.getBoundingClientRect().height - range.getBoundingClientRect().height;
    })
"""


def test_the_log_says_whose_password_was_wrong(world, open_window):
    """Nobody is logged in then, so the column of users is empty."""
    about = {"contract_id": world.contract.pk, "target_label": "somebody", "outcome": Outcome.FAILED}
    AuditRow.objects.create(event=Event.SIGN_IN_PASSWORD, **about)
    AuditRow.objects.create(event=Event.USER_NAME, actor_label="by-whom", **about)
    page = open_window(viewport=PHONE).enter(world.olivia)
    page.goto("/management/logs/?q=somebody")
    by_a_user, by_nobody = page.locator("tr[data-row]").all()
    for row, name, other in ((by_nobody, "somebody", ".col-user"), (by_a_user, "by-whom", ".col-target")):
        box = row.get_by_text(name, exact=True).bounding_box()
        assert box["width"] > 20, name
        assert box["y"] > row.locator(".col-outcome").bounding_box()["y"], name
        assert row.locator(other).bounding_box()["width"] <= 1, other


@pytest.mark.parametrize("viewport", [PHONE, DESK])
def test_the_trail_leads_back_to_the_list_from_a_user_opened_in_place(viewport, world, open_window):
    page = open_window(viewport=viewport).enter(world.olivia)
    page.goto("/management/users/?q=lena")
    page.get_by_role("link", name="Lena Lang").click()
    trail = page.locator(".breadcrumb")
    expect(trail.locator("[aria-current]")).to_have_text("Lena Lang")
    trail.get_by_role("link", name="Users").click()
    expect(page).to_have_url(re.compile(r"/management/users/\?q=lena$"))
    expect(trail.locator("[aria-current]")).to_have_text("Users")


def test_permissions_of_a_role_keep_off_the_lines_between_them(world, open_window):
    page = open_window(viewport=PHONE).enter(world.olivia)
    page.goto(f"/management/roles/{world.contract.roles.get(built_in=True).pk}/")
    around = page.evaluate(AROUND_TEXT)
    assert len(around) > 20
    assert min(around) >= 8
