"""With a keyboard alone. Where the cursor stands when a page opens, and after an error."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading import code_from, scan
from tests.factories import PASSWORD, make_member, make_owner

pytestmark = pytest.mark.browser

FOCUSED = """
    () => {
      const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
      const label = ['submit', 'button'].includes(e.type) ? null : e.labels && e.labels[0];
      const middle = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 20));
      const name = label && label.innerText || e.getAttribute('aria-label') || e.innerText || '';
      return {
        name: name.replace(/\\s+/g, ' ').trim(),
        seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        page: e === document.body,
        bare: e.contains(middle) || (middle && middle.contains(e)),
      };
    }
"""


def tab_to(page: Page, name: str, *, key: str = "Tab", limit: int = 60) -> None:
    """Goes on until the thing of this name has the focus; each stop must show it and not be covered."""
    for _ in range(limit):
        page.keyboard.press(key)
        focused = page.evaluate(FOCUSED)
        assert not focused["page"], f"{name!r} was not reached: the focus is back at the page itself"
        assert focused["seen"], f"no visible focus at {focused['name']!r}"
        assert focused["bare"], f"covered: {focused['name']!r}"
        if focused["name"] == name:
            return
    raise AssertionError(f"{name!r} was not reached")


def type_log_in(page: Page, username: str) -> None:
    """The cursor stands in the first field already."""
    page.goto("/login/")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(username)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def press_at(page: Page, name: str) -> None:
    """Reaches a link or button and presses Enter on it."""
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def press_in_place(page: Page, name: str) -> None:
    """The same where only a part of the page is put in place."""
    tab_to(page, name)
    page.keyboard.press("Enter")


@pytest.fixture
def owner(live_server):
    return make_owner()


def test_from_the_first_log_in_to_overview(owner, page):
    make_member(owner.contracts.get())
    type_log_in(page, "lena")
    expect(page).to_have_url(re.compile("/two-factor/setup/"))
    otpauth = scan(page)
    expect(page.get_by_label("Code", exact=True)).to_be_focused()
    tab_to(page, "Copy the key", key="Shift+Tab")
    tab_to(page, "Code")
    page.keyboard.type(code_from(otpauth))  # the sixth digit sends the form
    expect(page.get_by_role("heading", name="Two-factor authentication is active")).to_be_visible()
    tab_to(page, "I have saved these codes")
    page.keyboard.press("Space")
    press_at(page, "Next")
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def test_the_owner_takes_the_requirement_away(owner, page):
    make_member(owner.contracts.get(), name="Lena Lang")
    type_log_in(page, "owner")
    press_at(page, "Users")
    press_in_place(page, "Lena Lang")
    expect(page.get_by_role("heading", name="Lena Lang")).to_be_visible()
    press_in_place(page, "Change 2FA required")
    expect(page.get_by_role("radio", name="Yes")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="No")).to_be_checked()
    press_in_place(page, "Apply changes")
    expect(page.get_by_text("Two-factor authentication is cleared for this user account.")).to_be_visible()


def test_creating_a_user(owner, page):
    type_log_in(page, "owner")
    press_at(page, "Users")
    press_at(page, "Create")
    expect(page.get_by_role("radio", name="Invite by email")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Set a password")).to_be_checked()
    tab_to(page, "Name", limit=1)
    page.keyboard.type("Nina Novak")
    tab_to(page, "Username", limit=1)
    page.keyboard.type("nina")
    tab_to(page, "Password")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_text("User “nina” created.")).to_be_visible()


def test_the_skip_link_leads_past_the_menu(world, open_window):
    page = open_window().enter(world.olivia)
    page.goto("/management/users/")
    tab_to(page, "Skip to content", limit=1)
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


FIRST_FIELDS = {
    "/login/": ("nobody", "username"),
    "/login/code/": ("pending_login", "code"),
    "/login/recovery/": ("pending_login", "recovery_code"),
    "/password/forgot/": ("nobody", "username_or_email"),
    "/confirm/?next=/": ("stale", "password"),
}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("address", FIRST_FIELDS)
def test_the_entrance_pages_put_the_cursor_into_their_first_field(address, script, world, open_window):
    who, field = FIRST_FIELDS[address]
    window = open_window(java_script_enabled=script)
    if who != "nobody":
        window.enter(getattr(world, who))
    window.page.goto(address)
    expect(window.page.locator(f"[name={field}]")).to_be_focused()


WRONG = {
    "login": ("/login/", "nobody", {"username": "nobody"}, "Log in", "password"),
    "code": ("/login/code/", "pending_login", {"code": "12345"}, "Log in", "code"),
    "recovery": ("/login/recovery/", "pending_login", {"recovery_code": "x"}, "Log in once", "recovery_code"),
    "setup": ("/two-factor/setup/", "paul", {"code": "000000"}, "Activate", "code"),
    "confirm": ("/confirm/?next=/", "stale", {"password": "wrong"}, "Confirm", "password"),
    "create": ("/management/users/create/", "olivia", {"name": "Nina", "username": "no good"}, "Create", "username"),
}


@pytest.mark.parametrize("case", WRONG)
def test_after_an_error_the_first_wrong_field_has_the_cursor_and_its_sentence(case, world, open_window):
    address, who, typed, button, wrong = WRONG[case]
    window = open_window()
    page = window.page if who == "nobody" else window.enter(getattr(world, who))
    page.goto(address)
    for name, text in typed.items():
        page.locator(f"main [name={name}]").fill(text)
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=button, exact=True).click()
    field = page.locator(f"main [name={wrong}]")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    sentences = page.locator(", ".join(f"#{each}" for each in field.get_attribute("aria-describedby").split()))
    assert any(len(text.strip()) > 10 for text in sentences.all_inner_texts())
    expect(page.locator(f"#{field.get_attribute('id')}_error")).to_be_visible()
    for name, text in typed.items():
        secret = name in ("code", "recovery_code", "password")
        expect(page.locator(f"main [name={name}]")).to_have_value("" if secret else text)
