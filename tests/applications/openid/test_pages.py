"""Management > Applications > NAME > OpenID Connect."""

import re
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.logs import sentences
from accounts.models import AuditRow, Event, User
from accounts.origin import SERVER
from cloudpanel.applications.models import Application, Preset
from cloudpanel.applications.openid import consoles, services
from cloudpanel.applications.openid.delivery import DeliveryOutcome
from cloudpanel.applications.openid.digests import digest
from cloudpanel.applications.openid.models import Client, Login
from cloudpanel.applications.services import ApplicationMoved
from tests.applications.openid.conftest import BACK, Console, error
from tests.factories import PASSWORD
from tests.people import Person, words

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


def shown_beside_secret(page) -> str:
    """The client ID, which the application is given together with the secret."""
    card = page.content.decode().partition('aria-labelledby="secret-heading"')[2].partition("</section>")[0]
    return re.search(r'id="client-id"[^>]*>([^<]+)<', card)[1]


def test_switching_on_shows_a_secret_once_with_which_people_log_in(grafana, olivia, lena):
    assert BACK in olivia.get(page_of(grafana)).content.decode()
    response = olivia.post(page_of(grafana), FORM)
    assert response.status_code == 302, words(response)
    page = olivia.get(page_of(grafana))
    secret = shown_secret(page)
    assert "client-secret" not in olivia.get(page_of(grafana)).content.decode()
    client = Client.objects.get()
    assert client.secret == digest(secret)
    assert shown_beside_secret(page) == client.application.client_id
    assert Console(client, secret).log_in(lena)["access_token"]
    about = f"/management/applications/{grafana.pk}/"
    assert "On. Grafana keeps its session until it asks again" in words(olivia.get(about))
    type(grafana).objects.update(guard=True)
    assert "On. When a session here ends, the guard stops it in Grafana at the next request." in words(
        olivia.get(about)
    )


def test_the_list_and_the_page_agree_about_what_is_on_but_not_set_up(grafana, olivia):
    Application.objects.update(openid=True)
    found = words(olivia.get("/management/applications/?openid=on"))
    assert "Grafana" in found
    assert "On, but not set up yet" in words(olivia.get(f"/management/applications/{grafana.pk}/"))


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


def test_removing_the_old_secret_after_a_confirmation_asks_for_that_and_not_for_a_new_one(grafana, owner, clock):
    olivia = Person(owner)
    olivia.log_in()
    olivia.post(page_of(grafana), FORM)
    olivia.post(page_of(grafana) + "secret/")
    kept = Client.objects.get().secret
    clock.shift(6 * 60)

    assert olivia.post(page_of(grafana) + "secret/", {"remove": "old"}).url.startswith("/confirm/")
    olivia.post("/confirm/", {"password": PASSWORD})
    page = olivia.get(page_of(grafana) + "secret/")

    assert "Remove the old secret of Grafana?" in words(page)
    assert re.search(r'<input type="hidden" name="remove" value="old"', page.content.decode())
    assert "Create a new secret" in words(olivia.get(page_of(grafana) + "secret/")), "asked once"
    olivia.post(page_of(grafana) + "secret/", {"remove": "old"})
    assert Client.objects.values_list("secret", "old_secret").get() == (kept, "")


def secrets_in_the_log() -> list[str]:
    rows = AuditRow.objects.filter(event=Event.APPLICATION_SECRET).order_by("id")
    return [fact.text for row in rows for fact in sentences.facts(row.event, row.detail)]


def test_a_third_secret_removes_the_first_as_the_page_says_beforehand(grafana, olivia, lena):
    olivia.post(page_of(grafana), FORM)
    oldest = shown_secret(olivia.get(page_of(grafana)))
    assert "The current secret keeps working" in words(olivia.get(page_of(grafana)))
    olivia.post(page_of(grafana) + "secret/")
    for page in (page_of(grafana), page_of(grafana) + "secret/"):
        assert "A new secret replaces the old one" in words(olivia.get(page))
    olivia.post(page_of(grafana) + "secret/")
    console = Console(Client.objects.get(), oldest)
    assert error(console.redeem(console.code(lena))) == (401, "invalid_client")
    assert secrets_in_the_log() == ["created", "created", "removed", "created"]


def test_an_application_that_can_keep_no_secret_loses_them_as_the_page_says_beforehand(grafana, olivia):
    olivia.post(page_of(grafana), FORM)
    olivia.post(page_of(grafana) + "secret/")
    assert "deletes its secrets" in words(olivia.get(page_of(grafana)))
    olivia.post(page_of(grafana), FORM | {"client_authentication": "none"})
    client = Client.objects.get()
    assert (client.secret, client.old_secret) == ("", "")
    assert secrets_in_the_log() == ["created", "created", "all removed"]
    olivia.post(page_of(grafana), FORM | {"client_authentication": "none", "pkce_required": ""})
    assert len(secrets_in_the_log()) == 3


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


def test_the_log_says_which_field_became_what(grafana, olivia):
    olivia.post(page_of(grafana), FORM)
    changes = {"redirect_uris": f"{BACK}\nhttps://other.example.com/cb", "pkce_required": ""}
    olivia.post(page_of(grafana), FORM | changes)
    olivia.post(page_of(grafana), FORM | changes | {"openid": ""})
    first, second, third = (
        row.detail for row in AuditRow.objects.filter(event=Event.APPLICATION_CHANGED).order_by("id")
    )
    assert first["redirect_uris"] == [BACK]
    assert (first["old"], first["new"]) == ("no", "yes")
    both = [BACK, "https://other.example.com/cb"]
    assert second == {"field": "openid", "redirect_uris": both, "pkce_required": False}
    assert third == {"field": "openid", "old": "yes", "new": "no"}
    said = [(fact.label, fact.text) for fact in sentences.facts(Event.APPLICATION_CHANGED, second)]
    assert said == [("Changed", "OpenID Connect"), ("Redirect addresses", ", ".join(both)), ("PKCE required", "No")]
    assert sentences.facts(Event.APPLICATION_CHANGED, third)[0].label == "OpenID Connect"


def test_the_log_names_an_address_that_was_taken_away(grafana, olivia):
    olivia.post(page_of(grafana), FORM | {"post_logout_redirect_uris": BACK})
    olivia.post(page_of(grafana), FORM)
    row = AuditRow.objects.filter(event=Event.APPLICATION_CHANGED).latest("id")
    assert row.detail == {"field": "openid", "post_logout_redirect_uris": "–"}


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("redirect_uris", "", "Enter at least one address"),
        ("redirect_uris", "grafana.example.com/login", "a complete address"),
        ("redirect_uris", "/login", "a complete address"),
        ("redirect_uris", "javascript:alert(1)", "must begin with https"),
        ("redirect_uris", "https://grafana.example.com/#x", "contains a fragment"),
        ("redirect_uris", "https://*.example.com/", "contains a wildcard"),
        ("redirect_uris", "https://user@grafana.example.com/", "contains a username"),
        ("redirect_uris", "https://grafana.example.com:0/", "has an invalid port"),
        ("redirect_uris", "https://grafana.example.com:99999/", "has an invalid port"),
        ("redirect_uris", "http://grafana.example.com/", "must begin with https"),
        ("redirect_uris", "https://gräfana.example.com/", "contains a space or a character"),
        ("redirect_uris", "https://grafana.example.com/a b", "“https://grafana.example.com/a b” contains a space"),
        ("redirect_uris", "https://[::1", "a complete address"),
        ("redirect_uris", "\n".join(f"https://a{n}.example.com/" for n in range(21)), "at most 20"),
        ("backchannel_logout_uri", "https://10.0.0.1/bye", "BACKCHANNEL_NETWORKS"),
        ("backchannel_logout_uri", "http://127.0.0.1/bye", "BACKCHANNEL_NETWORKS"),
        ("backchannel_logout_uri", "https://[::1]/bye", "BACKCHANNEL_NETWORKS"),
        ("backchannel_logout_uri", "https://app.localhost/bye", "BACKCHANNEL_NETWORKS"),
        ("backchannel_logout_uri", "https://169.254.169.254/", "BACKCHANNEL_NETWORKS"),
        ("backchannel_logout_uri", "http://grafana.example.com/bye", "must begin with https"),
        ("backchannel_logout_uri", "http://grafana.lan/bye", "must begin with https"),
        ("backchannel_logout_uri", "com.example:/bye", "a complete address"),
    ],
)
def test_an_address_that_cannot_be_used_gets_a_sentence_and_stays_in_the_field(grafana, olivia, field, text, sentence):
    response = olivia.post(page_of(grafana), FORM | {field: text})
    assert response.status_code == 200
    assert sentence in words(response)
    assert not Client.objects.exists()


def test_http_in_a_private_network_gets_a_warning(grafana, olivia):
    olivia.post(page_of(grafana), FORM | {"redirect_uris": "http://grafana.lan/login"})
    assert "anybody who can read its traffic" in words(olivia.get(page_of(grafana)))


def test_a_new_client_begins_with_the_addresses_of_its_console(grafana):
    grafana.preset, grafana.origin = "nextcloud", "https://cloud.example.com"
    client = consoles.new_client(grafana)
    assert client.redirect_uris == "https://cloud.example.com/apps/user_oidc/code"
    assert client.post_logout_redirect_uris == "https://cloud.example.com/"
    assert client.backchannel_logout_uri == "https://cloud.example.com/apps/user_oidc/backchannel-logout/panel"
    assert client.pkce_required
    grafana.preset = "gitea"
    assert not consoles.new_client(grafana).pkce_required


def test_every_preset_is_a_console_that_is_described():
    assert set(consoles.CONSOLES) == set(Preset.values)
    table = (Path(__file__).parents[3] / "docs" / "openid.md").read_text()
    for preset, console in consoles.CONSOLES.items():
        if console.callback:
            assert f"`{console.callback}`" in table, preset
        if console.backchannel:
            assert f"`{console.backchannel}`" in table, preset


@pytest.mark.parametrize("preset", [each for each in Preset.values if each != "phpmyadmin"])
def test_each_console_gets_its_own_addresses_filled_in(grafana, olivia, preset):
    grafana.preset = preset
    grafana.save()
    olivia.post(page_of(grafana), FORM)
    page = olivia.get(page_of(grafana))
    example = page.context["example"]
    assert "http://127.0.0.1:8000" in example
    assert Application.objects.get(pk=grafana.pk).client_id in example
    assert "{" not in example.replace("{\n", "").replace("client_options: {", "").replace("args: {", "")


def test_an_application_created_with_openid_connect_is_led_to_its_addresses_and_is_no_client_before(contract, olivia):
    form = {"name": "Gitea", "origin": "https://gitea.example.com", "preset": "gitea", "openid": "on"}
    response = olivia.post("/management/applications/create/", form)
    application = Application.objects.get()
    assert response["Location"] == page_of(application)
    assert olivia.get("/openid/authorize/?client_id=None").status_code == 400
    page = olivia.get(page_of(application))
    assert "https://gitea.example.com/user/oauth2/panel/callback" in page.content.decode()
    assert "Enter or check the addresses" in words(page)
    assert "You then get the client ID and the secret for Gitea." in words(page)
    assert "For the application" not in words(page)
    olivia.post(page_of(application), FORM)
    page = olivia.get(page_of(application))
    assert "For the application" in words(page)
    assert shown_secret(page)


@pytest.mark.parametrize(
    ("outcome", "due", "said"),
    [
        (DeliveryOutcome.TOLD, False, "notified"),
        (DeliveryOutcome.REDIRECT, False, "the address redirects; redirects are not followed"),
        (
            DeliveryOutcome.CERTIFICATE,
            True,
            "the certificate of the application is not trusted; will be tried again soon",
        ),
        ("", True, "not notified yet"),
    ],
)
def test_the_page_says_whether_the_application_was_told_of_an_end(grafana, olivia, lena, outcome, due, said):
    olivia.post(page_of(grafana), FORM | {"backchannel_logout_uri": "https://grafana.example.com/bye"})
    now = timezone.now()
    told = {"outcome": outcome, "due_at": now if due else None, "attempts": 1 if outcome else 0}
    facts = {"user": lena.user, "sid": "s", "stamp": lena.user.stamp, "subject": lena.user.subject}
    Login.objects.create(client=Client.objects.get(), **facts, ended_at=now, **told)
    [(ended, username, shown)] = olivia.get(page_of(grafana)).context["deliveries"]
    assert (ended, username, shown) == (now, "lena", said)


def test_the_page_names_no_user_who_was_deleted(grafana, olivia, lena):
    olivia.post(page_of(grafana), FORM | {"backchannel_logout_uri": "https://grafana.example.com/bye"})
    facts = {"user": lena.user, "sid": "s", "stamp": lena.user.stamp, "subject": lena.user.subject}
    Login.objects.create(client=Client.objects.get(), **facts, ended_at=timezone.now(), outcome=DeliveryOutcome.TOLD)
    lena.user.delete()
    page = olivia.get(page_of(grafana))
    assert [username for _ended, username, _shown in page.context["deliveries"]] == ["deleted user"]
    assert "deleted user · notified" in words(page)


def test_the_old_secret_is_removed_once(grafana, olivia):
    olivia.post(page_of(grafana), FORM)
    before = secrets_in_the_log()
    answer = olivia.client.post(page_of(grafana) + "secret/", {"remove": "old"}, follow=True)
    assert answer.status_code == 200
    assert secrets_in_the_log() == before


def test_no_secret_is_made_or_removed_by_who_lost_the_right_in_the_very_moment(grafana, olivia, lena):
    olivia.post(page_of(grafana), FORM)
    olivia.post(page_of(grafana) + "secret/")
    grafana.refresh_from_db()
    before = Client.objects.values_list("secret", "old_secret").get()
    User.objects.filter(pk=lena.user.pk).update(is_active=False)
    for act in (services.make_secret, services.remove_old_secret):
        with pytest.raises(ApplicationMoved):
            act(actor=lena.user, application=grafana, origin=SERVER)
    assert Client.objects.values_list("secret", "old_secret").get() == before
