"""Applications that only a security key or passkey opens: with the key, with a password alone, and without any key."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.core import signing

from accounts.models import Session
from cloudpanel.applications.guard.digests import digest
from cloudpanel.applications.guard.door import STATE_SALT
from cloudpanel.applications.models import Application, Ticket
from cloudpanel.applications.openid.models import Client
from tests.applications.openid.conftest import BACK, VERIFIER, Console, answered
from tests.factories import PASSWORD, make_application, make_member
from tests.people import code_of, words
from tests.twofactor.keys.test_logins import AUTHENTICATE, Browser
from tests.twofactor.keys.token import FLAG, ORIGIN, Token
from twofactor.keys.models import SecurityKey

pytestmark = pytest.mark.django_db
KEYS = "/profile/security/keys/"
USE_ONE = "Grafana needs your security key or passkey. A password or code alone is not enough."


@pytest.fixture(autouse=True)
def _at_localhost(settings):
    settings.PUBLIC_URL = ORIGIN


@pytest.fixture
def grafana(contract) -> Application:
    return make_application(contract, "http://grafana.localhost", needs="passkey")


@pytest.fixture
def token():
    return Token()


@pytest.fixture
def lena(contract):
    """Uses 2FA with an app, and has no key."""
    return Browser(make_member(contract)).enrol()


@pytest.fixture
def address(grafana):
    state = signing.dumps([grafana.pk, digest("nonce", grafana.pk, "n"), "/d"], salt=STATE_SALT)
    return f"/guard/open/?{urlencode({'state': state})}"


def with_key(person: Browser, token: Token) -> Browser:
    """Has a key, and logged in without it."""
    assert person.register(token).status_code == 200
    other = person.fresh()
    other.log_in()
    return other


def code_on(page) -> str:
    """Of the page that leads on, since a form may not be redirected to another origin."""
    return re.findall(r"[?&;]code=([\w-]+)", page.content.decode())[0]


def next_of(response) -> str:
    return parse_qs(urlsplit(response.url).query)["next"][0]


def test_without_a_key_one_is_added_and_the_application_opens(lena, token, address, grafana):
    assert lena.get(address).url == KEYS
    assert "Grafana needs a security key or passkey. Add one here" in words(lena.get(KEYS))
    assert lena.register(token).json() == {"next": address}
    assert lena.get(address)["Location"].startswith("http://grafana.localhost/.cloudpanel/enter?ticket=")
    assert Ticket.objects.count() == 1
    assert "Grafana" not in words(lena.get(KEYS))


def test_a_key_that_was_added_in_another_tab_goes_on_by_a_link(lena, token, address):
    lena.get(address)
    lena.register(token)
    page = lena.get(KEYS).content.decode()
    assert f'href="{address}">Continue</a>' in page


def test_a_login_without_the_key_is_led_to_the_page_where_only_the_key_counts(lena, token, address):
    person = with_key(lena, token)
    asked = person.get(address)
    assert (urlsplit(asked.url).path, next_of(asked)) == ("/confirm/", address)
    page = person.get(asked.url)
    assert USE_ONE in words(page)
    assert 'name="code"' not in page.content.decode()
    assert person.use(token, {"next": address}).json() == {"next": address}
    assert person.get(address)["Location"].startswith("http://grafana.localhost/.cloudpanel/enter?ticket=")


def test_a_password_and_a_code_lead_nowhere_and_the_page_says_why(lena, token, address):
    person = with_key(lena, token)
    person.get(address)
    typed = {"password": PASSWORD, "code": code_of(person.key, 1), "next": address}
    for sent in (typed, typed | {"password": ""}, {"next": address}):
        answer = person.post("/confirm/", sent)
        assert answer.status_code == 200
        assert USE_ONE in words(answer)
    assert not Ticket.objects.exists()


def test_other_confirmations_take_a_password_as_ever(lena, token, address):
    person = with_key(lena, token)
    person.get(address)
    sent = {"password": PASSWORD, "code": code_of(person.key, 1), "next": "/profile/email/"}
    assert person.post("/confirm/", sent).url == "/profile/email/"


def test_a_key_that_verifies_nobody_needs_the_password_beside_it(lena, token, address):
    person = with_key(lena, token)
    person.get(address)
    alone = person.use(token, {"next": address}, flags=FLAG.UP)
    assert (alone.status_code, alone.json()["error"]) == (400, "Enter your password, then use the key.")
    assert person.use(token, {"next": address, "password": PASSWORD}, flags=FLAG.UP).json() == {"next": address}
    assert person.get(address).status_code == 302


def test_without_two_factor_authentication_the_setup_names_the_application(contract, token, address):
    person = Browser(make_member(contract, "free", two_factor_required=False))
    person.log_in()
    assert person.get(address).url == "/two-factor/setup/"
    assert "Grafana needs a security key or passkey." in words(person.get("/two-factor/setup/"))
    assert person.register(token).json() == {"next": "/two-factor/activated/"}
    assert person.post("/two-factor/activated/").url == address
    assert person.get(address)["Location"].startswith("http://grafana.localhost/")


def test_a_key_of_another_host_does_not_count(lena, token, address):
    person = with_key(lena, token)
    SecurityKey.objects.update(rp_id="old.example.com")
    assert person.get(address).url == KEYS


def test_a_key_used_at_the_login_opens_at_once(lena, token, address):
    lena.register(token)
    person = lena.fresh()
    person.use(token)
    assert person.get(address)["Location"].startswith("http://grafana.localhost/.cloudpanel/enter?ticket=")
    assert Session.objects.filter(methods="hwk user").exists()


@pytest.fixture
def console(grafana):
    Application.objects.filter(pk=grafana.pk).update(openid=True, client_id="grafana")
    grafana.refresh_from_db()
    client = Client.objects.create(application=grafana, redirect_uris=BACK, client_authentication="none")
    return Console(client)


def test_openid_connect_asks_for_the_key_and_tells_that_it_was_used(lena, token, console):
    person = with_key(lena, token)
    asked = person.get(console.request())
    assert urlsplit(asked.url).path == "/confirm/"
    address = next_of(asked)
    assert USE_ONE in words(person.post("/confirm/", {"password": PASSWORD, "next": address}))
    assert person.use(token, {"next": address}).json() == {"next": address}
    code = code_on(person.get(address))
    tokens = console.http.post(
        "/openid/token/",
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": BACK,
            "code_verifier": VERIFIER,
            "client_id": console.client_id,
        },
    ).json()
    claims = console.claims(tokens["id_token"])
    assert claims["acr"] == "urn:cloudpanel:phr"
    assert {"hwk", "user"} <= set(claims["amr"])


def test_openid_connect_leads_somebody_without_a_key_to_add_one(lena, token, console):
    assert lena.get(console.request()).url == KEYS
    address = lena.register(token).json()["next"]
    assert address.startswith("/openid/authorize/")
    assert code_on(lena.get(address))
    assert "Grafana" not in words(lena.get(KEYS)), "the next key is added for its own sake"


def test_openid_connect_names_the_application_in_a_setup_without_two_factor_authentication(contract, token, console):
    person = Browser(make_member(contract, "free", two_factor_required=False))
    person.log_in()
    assert person.get(console.request()).url == "/two-factor/setup/"
    assert "Grafana needs a security key or passkey." in words(person.get("/two-factor/setup/"))
    person.register(token)
    assert code_on(person.get(person.post("/two-factor/activated/").url))


def test_openid_connect_without_pages_says_that_one_is_needed(lena, console):
    assert answered(lena.get(console.request(prompt="none")))["error"] == "interaction_required"


def test_a_challenge_is_still_needed(lena, token, address):
    """The page changes what counts, never how a key is checked."""
    person = with_key(lena, token)
    person.get(address)
    body = {"credential": token.use(person.options(AUTHENTICATE)), "next": address}
    assert person.send(f"{AUTHENTICATE}verify/", body).status_code == 200
    assert person.send(f"{AUTHENTICATE}verify/", body).status_code == 400
