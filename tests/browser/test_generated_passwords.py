"""**Generate password** beside the field, wherever somebody chooses a password, with and without script."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import User
from accounts.reset import links
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser

PAGES = {
    "create": ("/management/users/create/", "olivia", "password1", "Create"),
    "user": ("/management/users/{user_id}/password/", "olivia", "password1", "Save changes"),
    "profile": ("/profile/password/", "olivia", "new_password1", "Save changes"),
    "invitation": ("{invitation}", "nobody", "new_password1", "Set password"),
    "reset": ("{reset_link}", "nobody", "new_password1", "Set password"),
    "forced": ("/password/new/", "must_change", "new_password1", "Save and continue"),
}
READABLE = re.compile(r"^(?:[a-z2-9]{5}-){3}[a-z2-9]{5}$")


def invitation(world) -> str:
    User.objects.filter(pk=world.free.pk).update(password="!", email="free@example.com")
    return urlsplit(links.invitation_link(User.objects.get(pk=world.free.pk))).path


@pytest.fixture
def opened(case, script, world, open_window) -> tuple[Page, Locator]:
    address, who, field, _ = PAGES[case]
    window = open_window(java_script_enabled=script)
    if who != "nobody":
        window.enter(getattr(world, who))
    ids = world.ids_for("olivia" if who == "nobody" else who)
    window.page.goto(address.format(invitation=invitation(world), **ids))
    if case == "create":
        window.page.get_by_role("radio", name="Set a password").check()
    return window.page, window.page.locator(f"[name={field}]")


def tab_stops(page: Page, field: Locator, button: str) -> list[str]:
    """What Tab reaches from the field on, up to the button that sends the form."""
    field.focus()
    stops = []
    while button not in stops and len(stops) < 30:
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.innerText.trim()"))
    return stops


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("case", PAGES)
def test_it_is_reached_before_the_button_that_sends_the_form(case, opened):
    page, field = opened
    button = PAGES[case][3]
    stops = tab_stops(page, field, button)
    assert "Generate password" in stops
    assert stops[-1] == button


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("case", PAGES)
def test_it_fills_in_a_readable_password_that_has_the_focus(case, script, opened):
    page, field = opened
    page.evaluate("window.asItWas = true")
    page.get_by_role("button", name="Generate password").click()
    expect(field).to_have_value(READABLE)
    expect(field).to_be_focused()
    assert bool(page.evaluate("window.asItWas")) is script  # put in place, or a page drawn again


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("case", PAGES)
def test_enter_in_the_field_sends_the_form_and_generates_nothing(case, opened):
    page, field = opened
    field.fill("short")
    with page.expect_navigation():
        field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).not_to_have_value(READABLE)


@pytest.mark.parametrize("script", [True], ids=["script"])
@pytest.mark.parametrize("case", ["profile"])
def test_what_was_typed_before_stays_and_the_password_is_accepted(opened):
    page, field = opened
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_role("button", name="Generate password").click()
    expect(field).to_have_value(READABLE)
    with page.expect_navigation():
        field.press("Enter")
    expect(page.get_by_text("Your password was changed.")).to_be_visible()


def test_in_the_row_of_a_user_too(world, open_window):
    page = open_window().enter(world.olivia)
    page.goto(f"/management/users/{world.active.pk}/")
    page.get_by_role("link", name="Change password").click()
    box = page.get_by_label("The user must choose a new password at the next login")
    box.check()
    field = page.get_by_label("Password", exact=True)
    assert tab_stops(page, field, "Save changes")[-1] == "Save changes"
    page.get_by_role("button", name="Generate password").click()
    expect(field).to_have_value(READABLE)
    expect(field).to_be_focused()
    expect(box).to_be_checked()
    field.press("Enter")
    expect(page.get_by_text("was changed and all sessions have ended.")).to_be_visible()
