"""A login from the first redirect to the claims, and every step that may come in between."""

import time
from urllib.parse import urlsplit

import pytest

from accounts.models import AuditRow, Event, User
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid.carried_request import CarriedRequest, resume, seal
from tests.applications.openid.conftest import BACK, Console, answered, make_client, parameters
from tests.factories import make_role
from tests.people import Person, words

pytestmark = pytest.mark.django_db


def test_a_person_who_is_logged_in_goes_back_with_a_code(console, lena):
    response = lena.get(console.request())
    assert response.status_code == 302
    assert response["Location"].startswith(BACK + "?")
    answer = parameters(response["Location"])
    assert answer["state"] == "s t/ate"
    assert answer["iss"] == "http://127.0.0.1:8000"
    assert response["Cache-Control"] == "no-store"


def test_a_long_request_continues_after_the_login(console, lena):
    """Some applications put a whole token of their own into `state`."""
    lena.post("/logout/")
    state = "s" * 2000
    step = lena.get(console.request(state=state))
    begun = lena.start_login(next=parameters(step["Location"])["next"])
    assert f"&amp;state={state}" in lena.get(begun.url).content.decode()


def test_the_id_token_says_who_and_how(console, lena):
    tokens = console.log_in(lena)
    claims = console.claims(tokens["id_token"])
    assert claims["iss"] == "http://127.0.0.1:8000"
    assert claims["aud"] == claims["azp"] == console.client_id
    assert claims["sub"] == lena.user.subject
    assert claims["nonce"] == "n-0nce"
    assert claims["amr"] == ["pwd"]
    assert claims["acr"] == "urn:cloudpanel:password"
    assert claims["exp"] - claims["iat"] == 600
    assert abs(claims["auth_time"] - time.time()) < 60
    assert claims["preferred_username"] == "lena"
    assert claims["groups"] == ["Administrator"]
    assert claims["email"] == "lena@example.com"
    assert claims["email_verified"] is False
    assert "refresh_token" not in tokens
    assert tokens["expires_in"] == 600


def test_userinfo_says_the_same_as_the_id_token(console, lena):
    tokens = console.log_in(lena)
    claims, info = console.claims(tokens["id_token"]), console.userinfo(tokens["access_token"]).json()
    assert info["sub"] == lena.user.subject
    assert info.items() <= claims.items()


def test_only_what_was_asked_for_is_told(console, lena):
    tokens = console.log_in(lena, scope="openid")
    assert console.userinfo(tokens["access_token"]).json() == {"sub": lena.user.subject}


def test_an_owner_is_in_the_group_owner(console, olivia):
    assert console.claims(console.log_in(olivia)["id_token"])["groups"] == ["owner"]


def test_whoever_renames_their_role_is_not_in_the_group_owner(console, lena, contract):
    role = make_role(contract, "roles.show", "roles.set_name", name="Helpers")
    User.objects.filter(pk=lena.user.pk).update(role=role)
    assert lena.post(f"/management/roles/{role.pk}/name/", {"name": "owner"}).status_code == 302
    tokens = console.log_in(lena)
    assert "groups" not in console.claims(tokens["id_token"])
    assert "groups" not in console.userinfo(tokens["access_token"]).json()


def test_one_log_row_for_each_login_however_often_the_application_asks(console, lena):
    console.log_in(lena)
    console.log_in(lena)
    row = AuditRow.objects.get(event=Event.APPLICATION_LOGIN)
    assert (row.actor_label, row.target_label, row.detail) == ("lena", "Grafana", {})


def test_a_stranger_logs_in_first_and_goes_on_by_a_page(console, lena):
    other = lena.another_browser()
    to_login = other.get(console.request())
    assert to_login.status_code == 302
    next_address = parameters(to_login["Location"])["next"]
    assert "client" not in next_address
    assert "n-0nce" not in next_address
    response = other.post("/login/", {"username": "lena", "password": other.password, "next": next_address})
    assert response["Location"] == next_address
    page = other.get(next_address)
    assert page.status_code == 200
    assert "data-onward" in page.content.decode()
    assert BACK in page.content.decode()


def test_a_code_by_form_post_comes_in_a_form_that_may_lead_there(console, lena):
    response = lena.get(console.request(response_mode="form_post"))
    page = response.content.decode()
    assert f'action="{BACK}"' in page
    assert 'name="code"' in page
    assert "form-action 'self' https://grafana.example.com" in response["Content-Security-Policy"]


def test_a_post_from_another_site_is_led_to_the_same_by_get(console, lena):
    address = console.request()
    response = lena.post("/openid/authorize/", parameters(address))
    assert response.status_code == 303
    assert urlsplit(response["Location"]).path == "/openid/authorize/"
    assert "code" in answered(lena.get(response["Location"]))


@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}])
def test_a_request_kept_for_an_hour_counts_no_later_login_as_its_proof(console, lena, asked):
    began = int(time.time()) - 3600
    kept = resume(seal(CarriedRequest(urlsplit(console.request(**asked)).query, since=began)))
    session = lena.client.session
    session["confirmed_at"] = began + 1800
    session.save()
    assert urlsplit(lena.get(kept)["Location"]).path == "/confirm/"


@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}])
def test_a_new_proof_is_asked_for_and_counts(console, lena, asked):
    session = lena.client.session
    session["confirmed_at"] = int(time.time()) - 100
    session.save()
    response = lena.get(console.request(**asked))
    assert response["Location"].startswith("/confirm/?next=")
    resumed = parameters(response["Location"])["next"]
    again = lena.get(resumed)
    assert again["Location"].startswith("/confirm/"), "without the proof it is asked for again"
    assert lena.post("/confirm/", {"password": lena.password, "next": resumed})["Location"] == resumed
    assert "data-onward" in lena.get(resumed).content.decode()


@pytest.mark.parametrize("asked", [{"prompt": "login"}, {"max_age": "0"}])
def test_a_confirmation_on_a_machine_whose_clock_is_behind_is_enough(clock, console, lena, asked):
    clock.shift(600)
    resumed = parameters(lena.get(console.request(**asked))["Location"])["next"]
    clock.shift(-30)
    assert lena.post("/confirm/", {"password": lena.password, "next": resumed})["Location"] == resumed
    clock.shift(30 + 5)
    assert "data-onward" in lena.get(resumed).content.decode()


def test_a_login_on_a_machine_whose_clock_is_ahead_is_not_the_one_asked_for_later(clock, console, lena):
    clock.shift(-30)
    resumed = parameters(lena.get(console.request(prompt="login"))["Location"])["next"]
    assert lena.get(resumed)["Location"].startswith("/confirm/")


def test_a_confirmation_asked_of_one_browser_is_not_given_by_an_older_login_of_another(clock, console, lena):
    other = lena.another_browser()
    other.log_in()
    clock.shift(60)
    resumed = parameters(lena.get(console.request(prompt="login"))["Location"])["next"]
    assert other.get(resumed)["Location"].startswith("/confirm/")
    assert lena.post("/confirm/", {"password": lena.password, "next": resumed})["Location"] == resumed
    assert other.get(resumed)["Location"].startswith("/confirm/")
    assert "data-onward" in lena.get(resumed).content.decode()


def test_a_young_enough_proof_is_enough(console, lena):
    assert "code" in answered(lena.get(console.request(max_age="10000")))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"request": "eyJ"}, "request_not_supported"),
        ({"request_uri": "https://evil.example"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "rubbish"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "x"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"id_token_hint": "rubbish"}, "invalid_request"),
        ({"nonce": "n" * 2001}, "invalid_request"),
    ],
)
def test_what_is_not_supported_is_refused_by_its_own_error(console, lena, changes, error):
    answer = answered(lena.get(console.request(**changes)))
    assert answer["error"] == error
    assert answer["iss"] == "http://127.0.0.1:8000"
    assert "code" not in answer


@pytest.mark.parametrize("name", ["request", "request_uri", "registration", "prompt", "max_age", "id_token_hint"])
def test_an_empty_parameter_counts_as_left_out(console, lena, name):
    assert "code" in answered(lena.get(console.request(**{name: ""})))


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "unknown"},
        {"client_id": None},
        {"client_id": "x" * 5000},
        {"client_id": "a\0b"},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": BACK + "/"},
        {"redirect_uri": BACK + "?x=1"},
        {"redirect_uri": BACK.replace("https", "http")},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(console, lena, changes):
    response = lena.get(console.request(**changes))
    assert response.status_code == 400
    assert "Location" not in response


def test_a_client_id_or_address_sent_twice_is_a_page(console, lena):
    assert lena.get(console.request() + "&client_id=other").status_code == 400
    assert lena.get(console.request() + f"&redirect_uri={BACK}").status_code == 400


def test_another_parameter_sent_twice_is_an_error_for_the_application(console, lena):
    assert answered(lena.get(console.request() + "&nonce=2"))["error"] == "invalid_request"


def test_prompt_none_never_shows_a_page(console, lena):
    assert answered(Person("nobody").get(console.request(prompt="none")))["error"] == "login_required"
    assert "code" in answered(lena.get(console.request(prompt="none")))


def test_consent_is_asked_for_where_the_application_wants_it(console, lena):
    page = lena.get(console.request(prompt="consent", scope="openid email"))
    assert page.status_code == 200
    assert "Grafana" in words(page)
    assert "your email address" in words(page)
    sealed = page.context["sealed"]
    onward = lena.post("/openid/consent/", {"request": sealed, "consent": "yes"})
    assert "code=" in onward.context["address"]
    cancelled = lena.post("/openid/consent/", {"request": sealed, "consent": "no"})
    assert "error=access_denied" in cancelled.context["address"]
    assert "code=" not in cancelled.context["address"]


def test_the_account_is_asked_for_where_the_application_wants_it(console, lena):
    page = lena.get(console.request(prompt="select_account"))
    assert "Continue as Lena" in words(page)
    sealed = page.context["sealed"]
    assert "code=" in lena.post("/openid/account/", {"request": sealed, "account": "same"}).context["address"]
    response = lena.post("/openid/account/", {"request": sealed, "account": "another"})
    assert response["Location"].startswith("/login/?next=")
    assert not lena.is_in()


def test_the_id_token_of_another_person_is_no_login(console, lena, olivia):
    hint = console.log_in(olivia)["id_token"]
    assert answered(lena.get(console.request(prompt="none", id_token_hint=hint)))["error"] == "login_required"
    page = lena.get(console.request(id_token_hint=hint))
    response = lena.post("/openid/account/", {"request": page.context["sealed"], "account": "same"})
    assert "error=login_required" in response.context["address"]


def test_the_id_token_of_another_application_is_refused(console, contract, lena):
    other = Console(make_client(contract, "Gitea", "https://gitea.example.com", "other-secret"), "other-secret")
    hint = other.log_in(lena)["id_token"]
    for prompt in (None, "none"):
        assert answered(lena.get(console.request(prompt=prompt, id_token_hint=hint)))["error"] == "invalid_request"


@pytest.fixture
def grafana(client, lena):
    """The preset of a console that refuses people without an email address."""
    Application.objects.filter(pk=client.application_id).update(preset="grafana")
    User.objects.filter(pk=lena.user.pk).update(email="")


@pytest.mark.usefixtures("grafana")
def test_who_has_no_email_is_told_so_where_the_console_needs_one(console, lena):
    page = lena.get(console.request())
    assert page.status_code == 200
    assert "Grafana needs an email address, and your account has none" in words(page)
    assert 'href="/profile/email/"' in page.content.decode()
    cancelled = lena.post("/openid/consent/", {"request": page.context["sealed"], "consent": "no"})
    assert "error=access_denied" in cancelled.context["address"]
    forced = lena.post("/openid/consent/", {"request": page.context["sealed"], "consent": "yes"})
    assert "needs an email address" in words(forced)
    assert answered(lena.get(console.request(prompt="none")))["error"] == "interaction_required"
    User.objects.filter(pk=lena.user.pk).update(email="lena@example.com")
    assert "code" in answered(lena.get(console.request()))


@pytest.mark.usefixtures("grafana")
def test_a_console_that_does_not_ask_for_the_email_gets_its_code(console, lena):
    assert "code" in answered(lena.get(console.request(scope="openid profile")))


@pytest.mark.usefixtures("grafana")
def test_who_may_not_open_the_console_is_not_asked_for_an_email(console, client, lena):
    Application.objects.filter(pk=client.application_id).update(is_active=False)
    response = lena.get(console.request())
    assert response.status_code == 403
    assert "Grafana is disabled" in words(response)
    assert answered(lena.get(console.request(prompt="none")))["error"] == "access_denied"


def test_an_address_with_a_query_keeps_it(console, client, lena):
    client.redirect_uris = BACK + "?tenant=1"
    client.save()
    answer = answered(lena.get(console.request(redirect_uri=BACK + "?tenant=1")))
    assert answer["tenant"] == "1"
    assert answer["code"]
