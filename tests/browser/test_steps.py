"""How many pages, clicks and fields the things that people do all day take."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from accounts.reset import links
from tests.browser.reading import code_from, scan
from tests.browser.world import World
from tests.factories import PASSWORD, make_member
from tests.people import code_of

pytestmark = pytest.mark.browser

DESK = {"width": 1366, "height": 768}
ROWS = "".join(f"new{number},New {number},Administrator\n" for number in range(10))


class Steps:
    """Does what a person does, and counts it. `pages` are documents that were loaded."""

    def __init__(self, page: Page) -> None:
        self.page, self.pages, self.clicks, self.fields = page, 0, 0, 0
        page.on("domcontentloaded", self._loaded)

    def _loaded(self, _page: Page) -> None:
        self.pages += 1

    def click(self, where: Locator) -> None:
        self.clicks += 1
        where.click()

    def press(self, role, name: str) -> None:
        self.click(self.page.get_by_role(role, name=name, exact=True))

    def fill(self, label: str, text: str) -> None:
        self.fields += 1
        self.page.get_by_label(label, exact=True).fill(text)

    def at_most(self, pages: int, clicks: int, fields: int) -> None:
        assert (self.pages <= pages, self.clicks <= clicks, self.fields <= fields) == (True, True, True), vars(self)


@pytest.fixture
def person(world: World, open_window) -> Callable[[str], Steps]:
    """Somebody of the world before a screen; nobody has no session."""

    def person(who: str) -> Steps:
        window = open_window(viewport=DESK)
        return Steps(window.page if who == "nobody" else window.enter(getattr(world, who)))

    return person


def test_a_login_takes_3_pages_1_click_and_3_fields(world, person):
    key = world.lena.key
    steps = person("nobody")
    steps.page.goto("/login/")
    steps.fill("Username", "lena")
    steps.fill("Password", PASSWORD)
    steps.press("button", "Log in")
    expect(steps.page.get_by_label("Code", exact=True)).to_be_focused()
    steps.fill("Code", code_of(key))
    expect(steps.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    steps.at_most(3, 1, 3)


def test_a_new_user_is_in_after_4_pages_3_clicks_and_2_fields(world, person):
    ida = make_member(world.contract, "ida", name="Ida Iversen", email="ida@example.com")
    User.objects.filter(pk=ida.pk).update(password="!")
    ida.refresh_from_db()
    steps = person("nobody")
    steps.page.goto(urlsplit(links.invitation_link(ida)).path)
    steps.fill("New password", PASSWORD)
    steps.press("button", "Set password")
    expect(steps.page.get_by_label("Code", exact=True)).to_be_visible()
    steps.fill("Code", code_from(scan(steps.page)))
    steps.click(steps.page.get_by_label("I have saved these codes"))
    steps.press("button", "Next")
    expect(steps.page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
    steps.at_most(4, 3, 2)


def test_the_owner_creates_a_user_from_the_list_on_2_pages_with_3_clicks_and_3_fields(person):
    steps = person("olivia")
    steps.page.goto("/management/users/")
    steps.pages = 0
    steps.press("link", "Create")
    steps.fill("Name", "Ida Iversen")
    steps.fill("Username", "ida")
    steps.fill("Email", "ida@example.com")
    expect(steps.page.get_by_role("radio", name="Invite by email")).to_be_checked()
    steps.press("button", "Create")
    expect(steps.page.get_by_role("heading", name="Ida Iversen", exact=True)).to_be_visible()
    steps.at_most(2, 3, 3)


def test_the_owners_no_takes_4_clicks_on_the_page_of_the_list(person):
    steps = person("olivia")
    steps.page.goto("/management/users/")
    steps.press("link", "Lena Lang")
    steps.press("link", "Change 2FA required")
    steps.press("radio", "No")
    steps.press("button", "Apply changes")
    expect(steps.page.get_by_text("Two-factor authentication is cleared for this user account.")).to_be_visible()
    steps.at_most(1, 4, 0)


def test_a_new_phone_takes_4_pages_4_clicks_and_1_field(person):
    steps = person("lena")
    steps.page.goto("/profile/security/")
    steps.press("link", "Set up on a new phone")
    expect(steps.page.get_by_label("Code", exact=True)).to_be_visible()
    steps.fill("Code", code_from(scan(steps.page)))
    steps.click(steps.page.get_by_label("I have saved these codes"))
    steps.press("button", "Next")
    expect(steps.page.get_by_text("The new phone is active. The old one no longer works.")).to_be_visible()
    expect(steps.page).to_have_url(re.compile("/profile/security/$"))
    steps.at_most(4, 4, 1)


def test_ten_users_are_imported_on_3_pages_with_3_clicks(person):
    steps = person("olivia")
    steps.page.goto("/management/users/import/")
    chosen = {"name": "users.csv", "mimeType": "text/csv", "buffer": f"username,name,role\n{ROWS}".encode()}
    with steps.page.expect_file_chooser() as chooser:
        steps.click(steps.page.locator("[type=file]"))
    chooser.value.set_files(chosen)
    steps.press("button", "Preview import")
    steps.click(steps.page.locator("main button[name=confirm]"))
    expect(steps.page).to_have_url(re.compile("/management/users/$"))
    steps.at_most(3, 3, 0)
    assert User.objects.filter(username__startswith="new").count() == 10
