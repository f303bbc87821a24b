"""A user who has lost phone and codes, and the owner who is told by mail: in Chromium, with every click counted."""

import re

import pytest
from django.core import mail
from django.test import override_settings
from playwright.sync_api import expect

from accounts.models import User
from tests.browser.hand import Hand
from tests.browser.reading import code_from, scan
from tests.browser.window import DESK, PHONE
from tests.factories import PASSWORD
from tests.people import Person
from twofactor.help.models import HelpRequest

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sends")]
LINK = re.compile(r"https?://\S+/help/")
ASK, NO_CODES = "Ask the account owner", "Neither phone nor codes? Ask the account owner"


@pytest.fixture(autouse=True)
def _at_this_origin(live_server):
    with override_settings(PUBLIC_URL=live_server.url):
        yield


def asks(hand: Hand) -> str:
    """From the login to the three words; answers them."""
    hand.page.goto("/login/")
    hand.page.locator("[name=username]").fill("lena")
    hand.page.locator("[name=password]").fill(PASSWORD)
    hand.button("Log in")
    hand.page.wait_for_url("**/login/code/")
    hand.link("Use a recovery code")
    hand.link(NO_CODES)
    hand.looks_well()
    hand.button(ASK)
    hand.page.get_by_role("heading", name=hand.says("Your three words")).wait_for()
    hand.looks_well()
    return " ".join(hand.page.locator(".spoken span").all_inner_texts())


def mailed_link() -> str:
    letter = next(letter for letter in reversed(mail.outbox) if letter.to == ["olivia@example.com"])
    return LINK.search(letter.body)[0]


def opens_the_mail(owner: Hand, person: Person) -> None:
    """The first click. Their own session is open, as it is at work, but was proved long ago."""
    session = person.client.session
    session.pop("confirmed_at", None)
    session.save()
    cookies = [{"name": n, "value": c.value, "url": mailed_link()} for n, c in person.client.cookies.items()]
    owner.page.context.add_cookies(cookies)
    owner.clicks += 1
    owner.page.goto(mailed_link())


def confirms(owner: Hand) -> None:
    owner.page.wait_for_url("**/confirm/**")
    owner.page.locator("[name=password]").fill(PASSWORD)
    owner.button("Confirm")
    owner.page.wait_for_url("**/help/")


@pytest.mark.parametrize(
    ("language", "scheme", "script"),
    [("en", "light", True), ("de", "dark", True), ("de", "light", False)],
    ids=["en", "de", "no-script"],
)
def test_the_owner_helps_in_four_clicks_from_the_mail(world, hand, language, scheme, script):
    User.objects.filter(pk__in=[world.owner.pk, world.active.pk]).update(language=language)
    options = {"color_scheme": scheme, "java_script_enabled": script}
    lena = hand(language, viewport=PHONE, **options)
    heard = asks(lena)
    assert lena.clicks == 4
    owner = hand(language, viewport=DESK, **options)
    opens_the_mail(owner, world.olivia)
    owner.looks_well()
    owner.page.locator("[name=words]").fill(heard.upper())
    owner.button("Reset 2FA")
    confirms(owner)
    expect(owner.page.locator("[name=words]")).to_have_value(heard.upper())
    owner.button("Reset 2FA")
    owner.page.wait_for_url(f"**/users/{world.active.pk}/")
    assert owner.clicks <= 4
    assert HelpRequest.objects.get().decision == "approved"
    if not script:
        lena.link("Check for an answer")
    lena.page.wait_for_url("**/two-factor/setup/", timeout=30_000)
    lena.looks_well()
    lena.page.locator("[name=code]").fill(code_from(scan(lena.page)))
    if not script:
        lena.button("Activate")
    lena.page.wait_for_url("**/two-factor/activated/")
    assert User.objects.get(pk=world.active.pk).two_factor_active


@pytest.mark.parametrize("language", ["en", "de"])
def test_wrong_words_a_refusal_and_a_block_are_told_on_both_sides(world, hand, language):
    lena, owner = hand(language, viewport=PHONE), hand(language, color_scheme="dark")
    asks(lena)
    opens_the_mail(owner, world.olivia)
    owner.page.locator("[name=words]").fill("qwertz made up")
    owner.button("Reset 2FA")
    confirms(owner)
    owner.button("Reset 2FA")
    expect(owner.page.locator("[name=words]")).to_have_attribute("aria-invalid", "true")
    owner.looks_well()
    owner.button("Refuse")
    owner.page.get_by_role("button", name=owner.says("Block password")).wait_for()
    owner.looks_well()
    lena.page.wait_for_url("**/login/?ended=refused", timeout=30_000)
    lena.looks_well()
    owner.button("Block password")
    owner.page.wait_for_url(f"**/users/{world.active.pk}/")
    assert User.objects.get(pk=world.active.pk).password_revoked_at


def test_another_browser_reads_that_somebody_asks_and_then_that_the_account_waits(world, hand):
    lena, other = hand("en"), hand("en", viewport=PHONE, color_scheme="dark")
    heard = asks(lena)
    other.page.goto("/login/")
    other.page.locator("[name=username]").fill("lena")
    other.page.locator("[name=password]").fill(PASSWORD)
    other.button("Log in")
    other.page.wait_for_url("**/login/code/")
    other.page.goto("/login/help/")
    other.page.get_by_text("Another browser is already asking").wait_for()
    other.looks_well()
    asked = HelpRequest.objects.get()
    data = {"request": asked.pk, "action": "approve", "words": heard}
    world.olivia.post(f"/management/users/{world.active.pk}/help/", data)
    other.page.goto("/login/")
    other.page.locator("[name=username]").fill("lena")
    other.page.locator("[name=password]").fill(PASSWORD)
    other.button("Log in")
    other.page.wait_for_url("**/login/?ended=reserved")
    other.looks_well()
