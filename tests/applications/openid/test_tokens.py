"""Codes and tokens: bound to what they were given for, used once, and gone with the right to open the application."""

import time
from base64 import b64encode
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone

from accounts.models import AuditRow, Event, Session
from accounts.origin import Origin
from accounts.sessions import services as sessions
from cloudpanel.applications.models import Application, Who
from cloudpanel.applications.openid import grants, opening
from cloudpanel.applications.openid.digests import digest
from cloudpanel.applications.openid.models import Grant
from tests.applications.openid.conftest import BACK, SECRET, VERIFIER, Console, answered, error, make_client
from tests.bench.sql import Sql
from tests.meanwhile import meanwhile

pytestmark = pytest.mark.django_db
OFFLINE = {"scope": "openid profile offline_access"}


# The client


def post(console, **data):
    headers = data.pop("headers", {})
    return console.http.post("/openid/token/", data, headers=headers)


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()}


def code_form(console, lena, **more) -> dict[str, str]:
    code = console.code(lena)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return form | more


def test_the_secret_may_come_in_either_place(console, lena):
    in_form = {"client_id": console.client_id, "client_secret": SECRET}
    assert post(console, **code_form(console, lena), **in_form).status_code == 200
    assert post(console, **code_form(console, lena), headers=basic(console.client_id, SECRET)).status_code == 200


def test_the_secret_in_both_places_is_refused(console, lena):
    form = code_form(console, lena, client_id=console.client_id, client_secret=SECRET)
    assert error(post(console, **form, headers=basic(console.client_id, SECRET))) == (400, "invalid_request")


def test_two_client_ids_are_refused(console, lena):
    form = code_form(console, lena, client_id="other")
    assert error(post(console, **form, headers=basic(console.client_id, SECRET))) == (400, "invalid_request")


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic !!!", "Basic " + b64encode(b"no colon").decode(), "Basic " + b64encode(b"\xff:x").decode()],
)
def test_a_header_that_cannot_be_read_is_no_client(console, header):
    response = post(console, grant_type="authorization_code", code="x", headers={"Authorization": header})
    assert error(response) == (401, "invalid_client")


def test_a_wrong_secret_is_told_in_the_log_once_a_minute_and_spends_no_code(console, lena):
    form = code_form(console, lena)
    for _ in range(3):
        response = post(console, **form, headers=basic(console.client_id, "wrong"))
        assert error(response) == (401, "invalid_client")
        assert response["WWW-Authenticate"].startswith("Basic")
    assert AuditRow.objects.filter(event=Event.APPLICATION_SECRET_WRONG).count() == 1
    assert post(console, **form, headers=basic(console.client_id, SECRET)).status_code == 200


def test_an_address_that_keeps_failing_has_to_wait_and_others_do_not(console, lena):
    for _ in range(12):
        last = post(console, grant_type="x", headers=basic(console.client_id, "wrong"))
    assert last.status_code == 429
    assert int(last["Retry-After"]) > 0
    console.http.defaults["REMOTE_ADDR"] = "198.51.100.9"
    assert console.redeem(console.code(lena)).status_code == 200


def test_wrong_secrets_from_its_address_keep_no_application_out(console, lena):
    for number in range(110):
        last = post(console, grant_type="x", headers=basic(f"unknown-{number % 11}", "wrong"))
    for _ in range(12):
        own = post(console, grant_type="x", headers=basic(console.client_id, "wrong"))
    assert (last.status_code, own.status_code) == (429, 429)
    assert console.redeem(console.code(lena)).status_code == 200


def test_an_application_without_a_secret_is_not_kept_out_by_somebody_who_sends_one(client, lena):
    client.client_authentication, client.secret = "none", ""
    client.save()
    console = Console(client)
    form = code_form(console, lena, client_id=console.client_id)
    assert [post(console, **form, client_secret="x").status_code for _ in range(11)] == [401] * 10 + [429]
    assert post(console, **form).status_code == 200


def test_an_empty_secret_in_the_form_counts_as_none(console, lena):
    assert console.redeem(console.code(lena), client_secret="").status_code == 200


@pytest.mark.parametrize("address", ["/openid/token/", "/openid/introspect/", "/openid/revoke/"])
def test_every_endpoint_of_clients_wants_the_secret(console, lena, address):
    tokens = console.log_in(lena, **OFFLINE)
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "token": tokens["access_token"]}
    for secret in ({}, {"client_secret": "wrong"}, {"client_secret": ""}, {"client_secret": digest(SECRET)}):
        response = console.http.post(address, form | {"client_id": console.client_id} | secret)
        assert error(response) == (401, "invalid_client")
    assert console.userinfo(tokens["access_token"]).status_code == 200


def test_the_old_secret_works_beside_the_new_one(console, client, lena):
    client.secret, client.old_secret = digest("new"), client.secret
    client.save()
    assert console.redeem(console.code(lena)).status_code == 200
    client.old_secret = ""
    client.save()
    assert error(console.redeem(console.code(lena))) == (401, "invalid_client")


def test_an_application_without_a_secret_needs_pkce_and_sends_none(client, lena):
    client.client_authentication, client.pkce_required, client.secret = "none", False, ""
    client.save()
    console = Console(client)
    assert answered(lena.get(console.request(code_challenge=None, code_challenge_method=None)))["error"]
    form = code_form(console, lena, client_id=console.client_id)
    assert error(post(console, **form, client_secret="x")) == (401, "invalid_client")
    assert post(console, **form).status_code == 200


# The code


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "unknown"},
        {"redirect_uri": BACK + "x"},
        {"code_verifier": "w" * 43},
        {"code_verifier": "short"},
        {"code_verifier": None},
    ],
)
def test_a_code_is_good_only_with_what_it_was_asked_for_with(console, lena, changes):
    code = console.code(lena)
    assert error(console.redeem(**{"code": code} | changes)) == (400, "invalid_grant")
    assert console.redeem(code).status_code == 200


def test_a_code_lives_for_a_minute(console, lena):
    code = console.code(lena)
    with time_machine.travel(time.time() + 61):
        assert error(console.redeem(code)) == (400, "invalid_grant")


def test_a_code_used_again_takes_back_what_it_gave(console, lena):
    code = console.code(lena, **OFFLINE)
    tokens = console.redeem(code).json()
    assert error(console.redeem(code)) == (400, "invalid_grant")
    assert console.userinfo(tokens["access_token"]).status_code == 401
    assert error(console.refresh(tokens["refresh_token"])) == (400, "invalid_grant")
    assert AuditRow.objects.filter(event=Event.APPLICATION_CODE_REUSED).count() == 1


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({}, "invalid_request"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": ["refresh_token", "password"], "refresh_token": "x"}, "invalid_request"),
    ],
)
def test_what_the_token_endpoint_cannot_do_is_said_by_name(console, form, expected):
    response = console.post("/openid/token/", form)
    assert error(response) == (400, expected)
    assert response["Cache-Control"] == "no-store"


# Refresh


def test_a_refresh_token_is_replaced_at_each_use(console, lena):
    first = console.log_in(lena, **OFFLINE)
    second = console.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert console.userinfo(second["access_token"]).status_code == 200
    claims = console.claims(second["id_token"])
    assert "nonce" not in claims
    assert claims["sub"] == lena.user.subject
    assert console.refresh(second["refresh_token"]).status_code == 200


def test_two_instances_of_an_application_may_refresh_at_the_same_moment(console, lena):
    first = console.log_in(lena, **OFFLINE)
    second = console.refresh(first["refresh_token"]).json()
    sibling = console.refresh(first["refresh_token"]).json()
    assert "refresh_token" not in sibling
    assert console.userinfo(sibling["access_token"]).status_code == 200
    assert console.refresh(second["refresh_token"]).status_code == 200


def test_an_old_refresh_token_used_later_revokes_its_family(console, lena):
    first = console.log_in(lena, **OFFLINE)
    second = console.refresh(first["refresh_token"]).json()
    with time_machine.travel(time.time() + 11):
        assert error(console.refresh(first["refresh_token"])) == (400, "invalid_grant")
        assert error(console.refresh(second["refresh_token"])) == (400, "invalid_grant")
        assert console.userinfo(second["access_token"]).status_code == 401
    assert AuditRow.objects.filter(event=Event.APPLICATION_CODE_REUSED).count() == 1


def test_a_refresh_token_outlives_a_logout_and_access_tokens_do_not(console, lena):
    tokens = console.log_in(lena, **OFFLINE)
    lena.post("/logout/")
    assert console.userinfo(tokens["access_token"]).status_code == 401
    again = console.refresh(tokens["refresh_token"])
    assert again.status_code == 200
    assert console.userinfo(again.json()["access_token"]).status_code == 200


def test_ending_all_sessions_ends_refresh_tokens(console, lena, owner):
    tokens = console.log_in(lena, **OFFLINE)
    sessions.end_by(owner, lena.user, origin=Origin())
    assert error(console.refresh(tokens["refresh_token"])) == (400, "invalid_grant")


# Access


def test_who_may_not_open_it_is_told_why_and_whom_to_ask(console, client, lena):
    client.application.who = Who.ROLES
    client.application.save()
    response = lena.get(console.request())
    assert response.status_code == 403
    page = response.content.decode()
    assert "Grafana" in page
    assert "Olivia Owner" in page
    row = AuditRow.objects.get(event=Event.APPLICATION_REFUSED)
    assert (row.target_label, row.detail) == ("Grafana", {"reason": "role"})


def test_access_tokens_end_with_their_session(console, lena):
    code, tokens = console.code(lena), console.log_in(lena)
    lena.post("/logout/")
    assert console.userinfo(tokens["access_token"]).status_code == 401
    assert error(console.redeem(code)) == (400, "invalid_grant")


def test_an_access_token_lives_for_ten_minutes(console, lena):
    token = console.log_in(lena)["access_token"]
    with time_machine.travel(time.time() + 601):
        assert console.userinfo(token).status_code == 401


def test_work_in_an_application_keeps_the_session_alive(console, lena):
    token = console.log_in(lena)["access_token"]
    long_ago = timezone.now() - timedelta(minutes=5)
    Session.objects.filter(user=lena.user).update(last_seen_at=long_ago)
    assert console.userinfo(token).status_code == 200
    assert Session.objects.get(user=lena.user).last_seen_at > long_ago


def test_logins_and_refreshes_are_uses_of_the_application_noted_once_a_minute(clock, console, client, lena):
    def used_at() -> datetime | None:
        return Application.objects.get(pk=client.application_id).openid_used_at

    code, began = console.code(lena, **OFFLINE), timezone.now()
    assert console.redeem("unknown").status_code == 400
    assert used_at() is None
    refresh_token = console.redeem(code).json()["refresh_token"]
    assert used_at() == began
    for seconds, noted in ((59, 0), (1, 60), (59, 60), (30, 149)):
        clock.shift(seconds)
        refresh_token = console.refresh(refresh_token).json()["refresh_token"]
        assert used_at() == began + timedelta(seconds=noted)


def test_a_use_noted_by_a_clock_that_was_ahead_is_replaced(clock, console, lena):
    Application.objects.update(openid_used_at=timezone.now() + timedelta(days=1))
    console.log_in(lena)
    assert Application.objects.get().openid_used_at == timezone.now()


def test_of_simultaneous_logins_one_is_noted(clock, client):
    first, other = client.application, Application.objects.get()
    opening.note_login(first)
    clock.shift(1)
    opening.note_login(other)
    assert Application.objects.get().openid_used_at == timezone.now() - timedelta(seconds=1)


def test_an_application_deleted_right_after_a_login_stays_deleted(console, client, lena):
    code = console.code(lena)
    with meanwhile(client.application.delete, before='UPDATE "applications_application"'):
        assert console.redeem(code).status_code == 200
    assert not Application.objects.exists()


# Userinfo, introspection, revocation


def test_userinfo_without_a_token_names_no_error(console):
    response = console.http.get("/openid/userinfo/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="Cloud Panel"'


def test_userinfo_takes_a_token_from_header_or_form_and_never_from_the_address(console, lena):
    token = console.log_in(lena)["access_token"]
    assert console.http.post("/openid/userinfo/", {"access_token": token}).status_code == 200
    assert console.http.get("/openid/userinfo/", {"access_token": token}).status_code == 401
    response = console.userinfo("wrong")
    assert 'error="invalid_token"' in response["WWW-Authenticate"]


def test_a_refresh_token_is_no_access_token(console, lena):
    tokens = console.log_in(lena, **OFFLINE)
    assert console.userinfo(tokens["refresh_token"]).status_code == 401
    assert error(console.refresh(tokens["access_token"])) == (400, "invalid_grant")


def test_introspection_describes_ones_own_tokens_alone(console, contract, lena):
    token = console.log_in(lena)["access_token"]
    described = console.introspect(token)
    assert described["active"] is True
    assert described["username"] == "lena"
    assert described["client_id"] == console.client_id
    other = Console(make_client(contract, "Gitea", "https://gitea.example.com", "other-secret"), "other-secret")
    assert other.introspect(token) == {"active": False}


def test_a_revoked_token_is_dead_and_a_foreign_one_is_not(console, contract, lena):
    tokens = console.log_in(lena, **OFFLINE)
    other = Console(make_client(contract, "Gitea", "https://gitea.example.com", "other-secret"), "other-secret")
    assert other.post("/openid/revoke/", {"token": tokens["access_token"]}).status_code == 200
    assert console.userinfo(tokens["access_token"]).status_code == 200
    assert console.post("/openid/revoke/", {"token": tokens["refresh_token"]}).status_code == 200
    assert console.userinfo(tokens["access_token"]).status_code == 401
    assert console.post("/openid/revoke/", {"token": "unknown"}).status_code == 200


def test_a_page_of_a_registered_origin_may_read_answers_and_others_may_not(console):
    ours, other = {"Origin": "https://grafana.example.com"}, {"Origin": "https://evil.example"}
    for address in ("/openid/token/", "/openid/userinfo/", "/.well-known/openid-configuration"):
        asked = console.http.options(address, headers=ours)
        assert asked["Access-Control-Allow-Origin"] == "https://grafana.example.com"
        assert "Access-Control-Allow-Credentials" not in asked
        assert "Access-Control-Allow-Origin" not in console.http.options(address, headers=other)


# What it costs


def test_a_login_asks_the_database_as_often_as_promised(console, lena):
    console.log_in(lena)
    with Sql() as sql:
        code = console.code(lena, **OFFLINE)
    assert sql.queries <= 5
    with Sql() as sql:
        tokens = console.redeem(code).json()
    assert sql.queries <= 8
    with Sql() as sql:
        assert console.refresh(tokens["refresh_token"]).status_code == 200
    assert sql.queries <= 9


def test_the_first_login_of_a_session_at_an_application_costs_its_row_in_the_log(console, lena):
    Application.objects.update(openid_used_at=timezone.now())
    code = console.code(lena)
    with Sql() as sql:
        assert console.redeem(code).status_code == 200
    assert sql.queries <= 9


def test_codes_that_nobody_redeems_replace_each_other_within_a_session(console, lena, olivia):
    other = console.code(olivia)
    used = console.code(lena)
    assert console.redeem(used).status_code == 200
    codes = [console.code(lena) for _ in range(grants.UNUSED + 5)]
    assert Grant.objects.count() == grants.UNUSED + 2
    assert console.redeem(codes[0]).json()["error"] == "invalid_grant"
    assert console.redeem(codes[-1]).status_code == 200
    assert console.redeem(other).status_code == 200


def test_housekeeping_removes_codes_that_nobody_redeemed_and_keeps_what_has_tokens(console, lena):
    assert console.redeem(console.code(lena, **OFFLINE)).status_code == 200
    grant = Grant.objects.get()
    content = {field.attname: getattr(grant, field.attname) for field in Grant._meta.concrete_fields}
    Grant.objects.bulk_create(Grant(**content | {"id": None, "code": f"{n}", "used_at": None}) for n in range(2_500))
    call_command("housekeeping")
    assert Grant.objects.count() == 2_501
    Grant.objects.update(created_at=timezone.now() - timedelta(hours=1))
    call_command("housekeeping")
    assert Grant.objects.get() == grant
