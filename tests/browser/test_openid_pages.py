"""What people see on the way to an application by OpenID Connect: questions, refusals, and the pages in between."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page

from accounts.models import Session, User
from cloudpanel.applications.models import Preset
from cloudpanel.applications.openid.delivery import DeliveryOutcome
from cloudpanel.applications.openid.models import Login
from tests.applications.openid.conftest import AFTER_LOGOUT, BACK, Console, make_client
from tests.browser.steps import button
from tests.browser.test_every_page import faults, too_wide
from tests.browser.window import DESK, NARROWEST, PHONE
from tests.browser.world import LONG_NAME

pytestmark = pytest.mark.browser
CONSOLE = re.compile(r"https://grafana\.example\.com/")
ALL_SCOPES = "openid profile email groups offline_access"
LOG_IN, LOG_OUT = "/openid/authorize/", "/openid/end-session/"


@dataclass(frozen=True)
class Shown:
    """One page: the request that leads to it, and where in it somebody stands."""

    id: str
    changes: tuple[tuple[str, str], ...] = ()
    address: str = LOG_IN
    status: int = 200
    name: str = ""
    """Of the application, where it isn't as long as it may be."""

    def open(self, page: Page, console: Console) -> None:
        application = console.client.application
        application.name = self.name or LONG_NAME
        application.save()
        query = console.request(**dict(self.changes)).partition("?")[2] if self.address == LOG_IN else ""
        response = page.goto(f"{self.address}?{query or urlencode(self.changes)}")
        assert response
        assert response.status == self.status, self.id


def asks(id: str, **changes: str) -> Shown:
    return Shown(id, tuple(changes.items()))


PAGES = [
    asks("consent", prompt="consent", scope=ALL_SCOPES),
    asks("consent to nothing", prompt="consent", scope="openid"),
    Shown("consent, short name", (("prompt", "consent"),), name="Grafana"),
    asks("which account", prompt="select_account"),
    Shown("an unknown application", (("client_id", "nobody"),), status=400),
    Shown("an unknown address", (("redirect_uri", "https://evil.example.com/"),), status=400),
    Shown("log out", address=LOG_OUT),
    Shown("log out, by an application", (("client_id", "client-grafana"),), address=LOG_OUT),
    Shown("log out to an unknown address", (("post_logout_redirect_uri", BACK),), LOG_OUT),
]


@pytest.fixture
def console(world) -> Console:
    User.objects.filter(pk=world.free.pk).update(name=LONG_NAME, email="nina@example.com")
    return Console(make_client(world.contract))


@pytest.fixture
def nina(world, console, open_window):
    """A window in which she is logged in; what it sends to the console is answered here."""
    window = open_window(viewport=PHONE)
    window.sent = answer_as_console(window)
    window.enter(world.stale)
    return window


def answer_as_console(window, status: int = 200) -> list:
    """No name but the server's own resolves in these browsers, so nothing is ever waited for there."""
    sent: list = []

    def answer(route) -> None:
        sent.append(route.request)
        route.fulfill(status=status, content_type="text/html", body="<title>Console</title>")

    window.context.route(CONSOLE, answer)
    return sent


def speak(window, language: str) -> None:
    window.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": window.url}])


def press(page: Page, text: str, language: str = "en", **values: str) -> None:
    button(page.locator("main"), text, language, **values).click()


def found_on(page: Page) -> dict:
    """What is wrong in both themes and at each width."""
    found = {}
    for scheme, size in (("light", DESK), ("light", PHONE), ("dark", PHONE), ("dark", DESK)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size(size)
        found[scheme, size["width"]] = faults(page)
    page.set_viewport_size(NARROWEST)
    found["narrowest"] = too_wide(page)
    return {where: what for where, what in found.items() if what}


@pytest.mark.parametrize("language", ["en", "de"])
def test_each_question_and_refusal_is_for_everybody(language, nina, console):
    speak(nina, language)
    for shown in PAGES:
        shown.open(nina.page, console)
        assert nina.page.locator("html").get_attribute("lang") == language
        assert found_on(nina.page) == {}, shown.id


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_refusal_names_the_application_and_whom_to_ask(language, nina, console, world):
    speak(nina, language)
    world.owner.name = LONG_NAME
    world.owner.save()
    console.client.application.is_active = False
    Shown("refused", status=403).open(nina.page, console)
    assert nina.page.locator("main").inner_text().count(LONG_NAME) == 2
    assert found_on(nina.page) == {}


@pytest.mark.parametrize("language", ["en", "de"])
def test_who_has_no_email_is_told_before_grafana_refuses_them(language, nina, console):
    speak(nina, language)
    User.objects.filter(username="nina").update(email="")
    console.client.application.preset = Preset.GRAFANA
    Shown("no email").open(nina.page, console)
    assert found_on(nina.page) == {}
    press(nina.page, "Cancel", language)
    nina.page.wait_for_url(f"{BACK}?*")
    assert answer_in(nina.page.url)["error"] == "access_denied"
    nina.complaints.clear()  # the way to the console is meant


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_the_page_on_the_way_back_is_for_everybody_where_it_stays(mode, world, console, open_window):
    window = open_window(viewport=PHONE)
    window.enter(world.stale)
    answer_as_console(window, status=204)  # a browser stays where it is
    shown = Shown("way back", (("prompt", "consent"), ("response_mode", mode)))
    shown.open(window.page, console)
    with window.page.expect_request(CONSOLE):
        press(window.page, "Continue")
    window.page.locator("[data-onward]").wait_for()
    assert found_on(window.page) == {}
    window.complaints.clear()  # the way to the console is meant


def test_the_page_that_sends_a_form_back_still_logs_out(world, console, open_window):
    window = open_window(java_script_enabled=False)
    page = window.enter(world.stale)
    Shown("form", (("response_mode", "form_post"),)).open(page, console)
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login/*")
    assert not Session.objects.filter(user__username="nina", signed_in=True).exists()


def answer_in(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.mark.parametrize("language", ["en", "de"])
def test_consent_given_or_not_is_told_to_the_application(language, nina, console):
    speak(nina, language)
    shown = asks("consent", prompt="consent")
    for answer, expected in (("Cancel", "error"), ("Continue", "code")):
        shown.open(nina.page, console)
        press(nina.page, answer, language)
        nina.page.wait_for_url(f"{BACK}?*")
        assert expected in answer_in(nina.page.url)
    code = answer_in(nina.page.url)["code"]
    assert console.redeem(code).status_code == 200
    assert nina.sent
    nina.complaints.clear()  # the way to the console is meant


def test_another_account_logs_in_in_the_language_that_the_application_asked_for(nina, console):
    asks("which account", prompt="select_account", ui_locales="de").open(nina.page, console)
    assert nina.page.locator("html").get_attribute("lang") == "de"
    press(nina.page, "Use another account", "de")
    nina.page.wait_for_url("**/login/?*")
    assert nina.page.locator("html").get_attribute("lang") == "de"
    assert found_on(nina.page) == {}
    assert not Session.objects.filter(user__username="nina", signed_in=True).exists()


def test_who_goes_on_as_themselves_gets_to_the_application(nina, console):
    asks("which account", prompt="select_account").open(nina.page, console)
    press(nina.page, "Continue as %(name)s", name=LONG_NAME)
    nina.page.wait_for_url(f"{BACK}?*")
    assert "code" in answer_in(nina.page.url)
    nina.complaints.clear()  # the way to the console is meant


def test_a_login_begins_with_the_name_that_the_application_knows(console, open_window):
    window = open_window(viewport=PHONE)
    asks("login", login_hint="nina", ui_locales="de").open(window.page, console)
    assert urlsplit(window.page.url).path == "/login/"
    assert window.page.locator("input[name=username]").input_value() == "nina"
    assert window.page.locator("html").get_attribute("lang") == "de"
    assert found_on(window.page) == {}


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_logout_is_asked_for_and_then_leads_back(language, nina, console):
    speak(nina, language)
    query = (("client_id", console.client_id), ("post_logout_redirect_uri", AFTER_LOGOUT), ("state", "s"))
    shown = Shown("log out", query, LOG_OUT)
    shown.open(nina.page, console)
    press(nina.page, "Stay logged in", language)
    nina.page.wait_for_url(f"{nina.url}/")
    assert Session.objects.filter(user__username="nina", signed_in=True).exists()
    shown.open(nina.page, console)
    press(nina.page, "Log out", language)
    nina.page.wait_for_url(f"{AFTER_LOGOUT}?state=s")
    assert not Session.objects.filter(user__username="nina", signed_in=True).exists()
    nina.complaints.clear()  # the way to the console is meant


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_of_the_settings_is_for_everybody_with_secret_and_deliveries(language, world, console, open_window):
    """With the longest name and addresses, a secret that is shown, and what became of telling the application."""
    client, application = console.client, console.client.application
    application.name, application.preset = LONG_NAME, Preset.GRAFANA
    application.save()
    client.redirect_uris = "http://console.lan/" + "x" * 400
    client.backchannel_logout_uri = "https://grafana.example.com/" + "y" * 400
    client.save()
    ended = {"client": client, "user": world.active, "stamp": 1, "subject": "x", "ended_at": timezone.now()}
    for outcome in DeliveryOutcome:
        Login.objects.create(**ended, sid=outcome, outcome=outcome)
    address = f"/management/applications/{application.pk}/openid/"
    assert world.olivia.post(address + "secret/").status_code == 302
    window = open_window(viewport=PHONE)
    speak(window, language)
    page = window.enter(world.olivia)
    page.goto(address)
    page.locator("#client-secret").wait_for()
    assert page.locator("html").get_attribute("lang") == language
    assert found_on(page) == {}
