"""Management > Applications > NAME > OpenID Connect."""

import re

import pytest

from accounts.models import AuditRow, Event
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid import addresses
from cloudpanel.applications.openid.digests import digest
from cloudpanel.applications.openid.models import Client
from tests.applications.openid.conftest import BACK, Console, error
from tests.people import words

pytestmark = pytest.mark.django_db
FORM = {
    "openid": "on",
    "redirect_uris": BACK,
    "post_logout_redirect_uris": "",
    "backchannel_logout_uri": "",
    "client_authentication": "basic",
    "pkce_required": "on",
}


@pytest.fixture
def grafana(contract) -> Application:
    return Application.objects.create(
        contract=contract, name="Grafana", origin="https://grafana.example.com", preset="grafana"
    )


def page_of(application: Application) -> str:
    return f"/management/applications/{application.pk}/openid/"


def shown_secret(page) -> str:
    return re.search(r'id="client-secret"[^>]*>([^<]+)<', page.content.decode())[1]


def test_switching_on_shows_a_secret_once_with_which_people_log_in(grafana, olivia, lena):
    assert BACK in olivia.get(page_of(grafana)).content.decode()
    response = olivia.post(page_of(grafana), FORM)
    assert response.status_code == 302, words(response)
    page = olivia.get(page_of(grafana))
    secret = shown_secret(page)
    assert "client-secret" not in olivia.get(page_of(grafana)).content.decode()
    client = Client.objects.get()
    assert client.secret == digest(secret)
    assert client.application.client_id in words(page)
    assert Console(client, secret).log_in(lena)["access_token"]
    assert "keeps its session until it asks again" in words(olivia.get(f"/management/applications/{grafana.pk}/"))


def test_a_new_secret_works_beside_the_old_one_until_that_is_removed(grafana, olivia, lena):
    olivia.post(page_of(grafana), FORM)
    old = shown_secret(olivia.get(page_of(grafana)))
    olivia.post(page_of(grafana) + "secret/")
    new = shown_secret(olivia.get(page_of(grafana)))
    client = Client.objects.get()
    for secret in (old, new):
        assert Console(client, secret).log_in(lena)
    olivia.post(page_of(grafana) + "secret/", {"remove": "old"})
    assert Console(client, new).log_in(lena)
    console = Console(client, old)
    assert error(console.redeem(console.code(lena))) == (401, "invalid_client")
    assert AuditRow.objects.filter(event=Event.APPLICATION_SECRET).count() == 3


def test_switching_off_revokes_what_was_given_for_good(grafana, olivia, lena):
    olivia.post(page_of(grafana), FORM)
    console = Console(Client.objects.get(), shown_secret(olivia.get(page_of(grafana))))
    tokens = console.log_in(lena, scope="openid offline_access")
    olivia.post(page_of(grafana), FORM | {"openid": ""})
    olivia.post(page_of(grafana), FORM)
    assert error(console.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


def test_nothing_changed_writes_nothing(grafana, olivia):
    olivia.post(page_of(grafana), FORM)
    before = AuditRow.objects.count()
    assert "Nothing was changed" in words(olivia.client.post(page_of(grafana), FORM, follow=True))
    assert AuditRow.objects.count() == before


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("redirect_uris", "", "Enter at least one address"),
        ("redirect_uris", "grafana.example.com/login", "no complete address"),
        ("redirect_uris", "/login", "no complete address"),
        ("redirect_uris", "javascript:alert(1)", "must begin with https"),
        ("redirect_uris", "https://grafana.example.com/#x", "has a fragment"),
        ("redirect_uris", "https://*.example.com/", "has a wildcard"),
        ("redirect_uris", "https://user@grafana.example.com/", "has a username"),
        ("redirect_uris", "https://grafana.example.com:0/", "has a port"),
        ("redirect_uris", "https://grafana.example.com:99999/", "has a port"),
        ("redirect_uris", "http://grafana.example.com/", "must begin with https"),
        ("redirect_uris", "https://gräfana.example.com/", "has a blank, or a character"),
        ("redirect_uris", "https://grafana.example.com/a b", "has a blank, or a character"),
        ("redirect_uris", "https://[::1", "no complete address"),
        ("redirect_uris", "\n".join(f"https://a{n}.example.com/" for n in range(21)), "at most 20"),
        ("backchannel_logout_uri", "https://10.0.0.1/bye", "BACKCHANNEL_NETWORKS"),
        ("backchannel_logout_uri", "http://127.0.0.1/bye", "BACKCHANNEL_NETWORKS"),
        ("backchannel_logout_uri", "https://[::1]/bye", "BACKCHANNEL_NETWORKS"),
        ("backchannel_logout_uri", "https://169.254.169.254/", "BACKCHANNEL_NETWORKS"),
        ("backchannel_logout_uri", "http://grafana.example.com/bye", "must begin with https"),
        ("backchannel_logout_uri", "com.example:/bye", "no complete address"),
    ],
)
def test_an_address_that_cannot_be_used_gets_a_sentence_and_stays_in_the_field(grafana, olivia, field, text, sentence):
    response = olivia.post(page_of(grafana), FORM | {field: text})
    assert response.status_code == 200
    assert sentence in words(response)
    assert not Client.objects.exists()


def test_http_in_a_private_network_gets_a_warning(grafana, olivia):
    olivia.post(page_of(grafana), FORM | {"redirect_uris": "http://grafana.lan/login"})
    assert "whoever can read the traffic there" in words(olivia.get(page_of(grafana)))


@pytest.mark.parametrize("preset", ["other", "proxmox", "gitlab", "nextcloud", "portainer", "gitea", "harbor"])
def test_each_console_gets_its_own_addresses_filled_in(grafana, olivia, preset):
    grafana.preset = preset
    grafana.save()
    olivia.post(page_of(grafana), FORM)
    page = olivia.get(page_of(grafana))
    example = page.context["example"]
    assert "http://127.0.0.1:8000" in example
    assert Application.objects.get(pk=grafana.pk).client_id in example
    assert "{" not in example.replace("{\n", "").replace("client_options: {", "").replace("args: {", "")


@pytest.mark.parametrize(
    ("asked", "registered", "expected"),
    [
        ("https://a.example/cb", "https://a.example/cb", True),
        ("https://a.example/cb/", "https://a.example/cb", False),
        ("https://A.example/cb", "https://a.example/cb", False),
        ("https://a.example:443/cb", "https://a.example/cb", False),
        ("https://a.example/cb?x", "https://a.example/cb", False),
        ("https://a.example/../cb", "https://a.example/cb", False),
        ("https://a.example.evil/cb", "https://a.example/cb", False),
        ("http://127.0.0.1:4711/cb", "http://127.0.0.1/cb", True),
        ("http://127.0.0.1:4711/other", "http://127.0.0.1/cb", False),
        ("http://127.0.0.1:4711/cb", "http://127.0.0.1:80/cb", False),
        ("http://[::1]:4711/cb", "http://[::1]/cb", True),
        ("http://localhost:4711/cb", "http://127.0.0.1/cb", False),
        ("http://127.0.0.1:x/cb", "http://127.0.0.1/cb", False),
        ("http://127.0.0.1@evil.example:80/cb", "http://127.0.0.1/cb", False),
        ("https://a.example:4711/cb", "https://a.example/cb", False),
        ("com.example.app:/cb", "com.example.app:/cb", True),
        ("https://a.example/cb\r\nX: y", "https://a.example/cb", False),
        ("https://a.example", "https://a.example", True),
    ],
)
def test_addresses_are_compared_letter_by_letter_but_for_the_port_of_loopback(asked, registered, expected):
    assert addresses.is_registered(asked, [registered]) is expected


def test_an_application_created_with_openid_connect_is_led_to_its_addresses_and_is_no_client_before(contract, olivia):
    form = {"name": "Gitea", "origin": "https://gitea.example.com", "preset": "gitea", "openid": "on"}
    response = olivia.post("/management/applications/create/", form)
    application = Application.objects.get()
    assert response["Location"] == page_of(application)
    assert olivia.get("/openid/authorize/?client_id=None").status_code == 400
    page = olivia.get(page_of(application))
    assert "https://gitea.example.com/user/oauth2/panel/callback" in page.content.decode()
    olivia.post(page_of(application), FORM)
    assert shown_secret(olivia.get(page_of(application)))
