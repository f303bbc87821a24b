"""Creating a user and handing the account over; an invitation that goes straight on with the login."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.reset import links
from tests.browser.reading import code_from, scan
from tests.browser.steps import enter_code, leave_the_codes
from tests.factories import PASSWORD, make_member

pytestmark = pytest.mark.browser


@pytest.fixture
def create_page(world, open_window) -> Page:
    page = open_window(permissions=["clipboard-read", "clipboard-write"]).enter(world.olivia)
    page.goto("/management/users/create/")
    return page


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_only_the_fields_of_the_choice_are_asked(script, world, open_window):
    page = open_window(java_script_enabled=script).enter(world.olivia)
    page.goto("/management/users/create/")
    password = page.get_by_label("Password", exact=True)
    page.get_by_role("radio", name="Invite by email").check()
    expect(password).not_to_be_visible()
    page.get_by_role("radio", name="Set a password").check()
    expect(password).to_be_visible()


def test_an_address_is_asked_for_as_long_as_an_invitation_is_chosen(create_page):
    page = create_page
    page.get_by_label("Name", exact=True).fill("Ina Ernst")
    page.get_by_label("Username").fill("ina")
    page.get_by_role("radio", name="Invite by email").check()
    page.get_by_role("button", name="Create", exact=True).click()
    email, sentence = page.get_by_label("Email", exact=True), page.get_by_text("An invitation needs an email address.")
    expect(sentence).to_be_visible()
    for choice, needed in (("Set a password", False), ("Invite by email", True)):
        page.get_by_role("radio", name=choice).check()
        expect(sentence).to_have_count(int(needed))
        expect(email).to_have_attribute("aria-invalid", str(needed).lower())


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
@pytest.mark.parametrize("address", ["create/", "{user_id}/two-factor-required/"])
def test_from_when_on_is_only_asked_where_2fa_is_required(address, script, world, open_window):
    page = open_window(java_script_enabled=script).enter(world.olivia)
    page.goto("/management/users/" + address.format(user_id=world.free.pk))
    fields = [page.get_by_label(label) for label in ("Required from (optional)", "Time zone")]
    for choice in ("No", "Yes", "No"):
        page.get_by_role("radio", name=choice, exact=True).check()
        for field in fields:
            expect(field).to_be_visible(visible=choice == "Yes")


def test_half_a_date_does_not_hold_up_the_form_once_2fa_is_not_required(create_page):
    page = create_page
    page.get_by_label("Name", exact=True).fill("Ina Ernst")
    page.get_by_label("Username").fill("ina")
    page.get_by_label("Email", exact=True).fill("ina@example.com")
    moment = page.get_by_label("Required from (optional)")
    moment.press_sequentially("01")
    assert moment.evaluate("field => field.validity.badInput")
    page.get_by_role("radio", name="No", exact=True).check()
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_text("User “ina” created.")).to_be_visible()
    assert not User.objects.get(username="ina").two_factor_required


def test_a_password_is_generated_in_place_and_handed_over_once(create_page):
    page = create_page
    page.get_by_label("Name", exact=True).fill("Ina Ernst")
    page.get_by_label("Username").fill("ina")
    page.get_by_role("radio", name="Set a password").check()
    page.get_by_role("button", name="Generate password").click()
    expect(page.get_by_label("Password", exact=True)).to_have_value(re.compile(r"^(\w{5}-){3}\w{5}$"))
    password = page.get_by_label("Password", exact=True).input_value()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ina Ernst")
    page.get_by_role("button", name="Create", exact=True).click()
    card = page.locator("[data-handover]")
    for text in ("/login/", password, "You won't see this password again."):
        expect(card.get_by_text(text)).to_be_visible()
    card.get_by_role("button", name="Copy").click()
    assert password in page.evaluate("navigator.clipboard.readText()")
    page.reload()
    expect(card).to_have_count(0)
    assert password not in page.content()


def test_what_a_password_still_lacks_is_said_while_it_is_typed(create_page):
    page = create_page
    page.get_by_label("Username").fill("reinhardt")
    page.get_by_role("radio", name="Set a password").check()
    field = page.get_by_label("Password", exact=True)
    field.press_sequentially("abc")
    expect(page.get_by_text("12 more characters")).to_be_visible()
    field.fill("reinhardt-reinhardt")
    expect(page.get_by_text("Don't use your name, username or email.")).to_be_visible()
    field.fill("correct horse battery staple")
    expect(page.locator("[data-unmet]")).to_have_text("")


TYPED = {
    "abc": "12 more characters",
    "lena-lang-lena-lang": "Don't use your name, username or email.",
    "elena.maria-lena lang": "Don't use your name, username or email.",
    "correct horse battery staple": "",
}


def says_what_is_missing(page: Page, label: str) -> None:
    field = page.get_by_label(label, exact=True)
    for typed, sentence in TYPED.items():
        field.fill(typed)
        expect(page.locator("[data-unmet]")).to_have_text(sentence)


def test_the_profile_says_it_too_with_the_words_of_the_account(world, open_window):
    User.objects.filter(pk=world.active.pk).update(email="elena.maria@example.com")
    page = open_window().enter(world.lena)
    page.goto("/profile/password/")
    says_what_is_missing(page, "New password")


@pytest.mark.parametrize("width", [1366, 375])
def test_the_pencil_at_a_password_says_it_too(width, world, open_window):
    User.objects.filter(pk=world.active.pk).update(email="elena.maria@example.com")
    page = open_window(viewport={"width": width, "height": 768}).enter(world.olivia)
    page.goto(f"/management/users/{world.active.pk}/")
    page.get_by_role("link", name="Change password").click()
    says_what_is_missing(page, "Password")


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_an_invitation_welcomes_and_goes_straight_on_to_the_setup(script, world, open_window):
    """4 pages, 3 clicks, 2 fields with script: the password and the code."""
    ida = make_member(world.contract, "ida", name="Ida Iversen", email="ida@example.com")
    User.objects.filter(pk=ida.pk).update(password="!")
    ida.refresh_from_db()
    page = open_window(java_script_enabled=script).page
    page.goto(urlsplit(links.invitation_link(ida)).path)
    expect(page.get_by_role("heading", name="Welcome to Cloud Panel, Ida Iversen.")).to_be_visible()
    expect(page.get_by_text("Alpha Hosting invites you. Choose a password.")).to_be_visible()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Set password").click()
    expect(page).to_have_url(re.compile("/two-factor/setup/$"))
    enter_code(page, code_from(scan(page)), "Activate", script=script)
    leave_the_codes(page)
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()
