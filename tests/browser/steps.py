"""What a person does again and again, with a mouse."""

from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Locator, Page, expect

from tests.factories import PASSWORD


def said(text: str, language: str, **values: str) -> str:
    """What a page says in this language."""
    with translation.override(language):
        return gettext(text) % values if values else gettext(text)


def button(where: Page | Locator, text: str, language: str, **values: str) -> Locator:
    return where.get_by_role("button", name=said(text, language, **values), exact=True)


def log_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Username and password; what comes next is the test's matter."""
    page.goto("/login/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in", exact=True).click()


def log_out(page: Page) -> None:
    """By the menu of one's own account in the header."""
    page.locator(".account summary").click()
    page.get_by_role("button", name="Log out").click()


def enter_code(page: Page, code: str, button: str, *, script: bool = True) -> None:
    """The sixth digit sends; without script the button does."""
    with page.expect_navigation():
        page.get_by_label("Code").fill(code)
        if not script:
            page.get_by_role("button", name=button).click()


def leave_the_codes(page: Page) -> None:
    """Next waits for the tick, which is there with script only."""
    box = page.get_by_label("I have saved these codes")
    if box.is_visible():
        box.check()
    page.get_by_role("button", name="Next").click()


def create_user(page: Page, *, name: str, username: str) -> None:
    """With the role and the answer at "2FA required" that the form has chosen."""
    page.get_by_role("link", name="Users", exact=True).click()
    page.get_by_role("link", name="Create", exact=True).click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Username").fill(username)
    page.get_by_role("radio", name="Set a password").check()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    expect(page.get_by_label("Role")).to_have_value(
        page.get_by_role("option", name="Administrator").get_attribute("value")
    )
    expect(page.get_by_role("radio", name="Yes")).to_be_checked()
    page.get_by_label("The user must choose a new password at the next login").uncheck()
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_text(f"User “{username}” created.")).to_be_visible()


def clear_second_factor(page: Page, name: str) -> None:
    """The owner's way: the user selected, More Information, the pencil, No, Apply changes."""
    page.get_by_role("link", name="Users", exact=True).first.click()
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name="More Information")).to_be_visible()
    page.get_by_role("link", name="Change 2FA required").click()
    page.get_by_role("radio", name="No").check()
    page.get_by_role("button", name="Apply changes").click()
    expect(page.get_by_text("Two-factor authentication is cleared for this user account.")).to_be_visible()
