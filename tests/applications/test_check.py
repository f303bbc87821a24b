"""What the guard answers to a proxy, header by header, and what it writes down."""

import json
from base64 import urlsafe_b64decode
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditRow, Event, Session, User
from cloudpanel.applications.access import Refusal
from cloudpanel.applications.guard import check as guard
from cloudpanel.applications.guard import peers
from cloudpanel.applications.guard.check import GuardDecision
from cloudpanel.applications.guard.headers import ProxiedRequest
from cloudpanel.applications.models import Application, Visit
from tests.applications.visits import HOST, ORIGIN, check, visit
from tests.factories import make_application, make_contract, make_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusted_proxy")]
PROXIED = ProxiedRequest(ORIGIN, "/", "GET", navigation=True)


def nginx(cookie: str = "", **more):
    sent = {"HTTP_X_ORIGINAL_URL": f"{ORIGIN}/d", "HTTP_X_ORIGINAL_METHOD": "GET"}
    return check(cookie, kind="nginx", **sent | more)


def test_who_may_go_on_gets_these_headers_and_no_others(grafana, lena):
    for answer in (check(visit(grafana) + "; a=1; b=2"), nginx(visit(grafana) + "; a=1; b=2")):
        told = {name: value for name, value in answer.items() if name.startswith("Remote-") or name == "Cookie"}
        assert answer.status_code == 200
        assert told == {
            "Remote-User": "lena",
            "Remote-Name": "Lena",
            "Remote-Email": "lena@example.com",
            "Remote-Groups": "Administrator",
            "Cookie": "a=1; b=2",
        }
        assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/plain", "no-store")
        assert "Cloudpanel-Assertion" not in answer


def test_what_names_nobody_is_sent_empty_lest_the_browsers_own_goes_on(grafana, lena):
    User.objects.filter(username="lena").update(email="")
    answer = check(visit(grafana))
    assert (answer["Remote-Email"], answer["Cookie"]) == ("", "")


def test_an_application_that_wants_an_assertion_gets_one(grafana, lena):
    Application.objects.update(assertion=True)
    _, content, _ = check(visit(grafana))["Cloudpanel-Assertion"].split(".")
    said = json.loads(urlsafe_b64decode(content + "=="))
    assert (said["aud"], said["preferred_username"]) == (ORIGIN, "lena")


def test_nginx_is_told_401_since_it_leads_on_itself_and_others_lead_pages_on(grafana):
    for answer in (nginx(), check(HTTP_ACCEPT="application/json"), check(HTTP_X_FORWARDED_METHOD="POST")):
        assert (answer.status_code, answer["Cache-Control"]) == (401, "no-store")
        assert answer.json() == {"detail": "Log in to the panel and open this application."}
    led = check(HTTP_X_FORWARDED_URI="/a/b?c=d&e=/")
    assert (led.status_code, led["Cache-Control"]) == (302, "no-store")
    assert led["Location"] == f"{ORIGIN}/.cloudpanel/start?next=%2Fa%2Fb%3Fc%3Dd%26e%3D%2F"


def test_another_method_is_told_which_there_are(grafana):
    answer = check(method="post")
    assert (answer.status_code, answer["Allow"], answer["Cache-Control"]) == (405, "GET, HEAD", "no-store")


def test_who_is_no_proxy_is_told_nothing_and_noted_by_kind(grafana, lena):
    answer = check(visit(grafana), REMOTE_ADDR="198.51.100.7")
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (403, "text/plain", "no-store")
    assert answer.content == b"Not a trusted proxy."
    assert "Remote-User" not in answer
    row = AuditRow.objects.get(event=Event.GUARD_REFUSED)
    assert (row.detail, row.ip) == ({"proxy": "caddy"}, "198.51.100.7")


def test_a_check_may_come_by_head_and_without_a_cookie(grafana, lena):
    cookie = visit(grafana)
    assert check(cookie, method="head")["Remote-User"] == "lena"
    sent = {"HTTP_X_ORIGINAL_URL": f"{ORIGIN}/d", "HTTP_X_ORIGINAL_METHOD": "GET", "HTTP_HOST": HOST}
    assert Client().get("/guard/nginx/", **sent).status_code == 401
    assert Client().get("/guard/nginx/", **sent, HTTP_COOKIE=cookie).status_code == 200
    assert Client().get("/guard/caddy/", **sent, HTTP_COOKIE=cookie).status_code == 403, "these headers are not its own"


def test_a_request_without_any_cookie_header_is_nobodys(grafana, rf):
    request = rf.get("/guard/nginx/", HTTP_X_ORIGINAL_URL=f"{ORIGIN}/d", HTTP_X_ORIGINAL_METHOD="GET")
    del request.META["HTTP_COOKIE"]
    assert guard.answer(request, "nginx", peers.Peer.of(request)).status_code == 401


def test_what_is_unclear_is_refused_by_a_page(grafana):
    answer = check(HTTP_X_FORWARDED_PROTO="ftp")
    assert (answer.status_code, answer["Cache-Control"]) == (403, "no-store")
    assert b"<h1" in answer.content


def test_the_owner_is_told_from_the_administrators(grafana, olivia):
    assert check(visit(grafana, "owner"))["Remote-Groups"] == "Owner"


@pytest.mark.parametrize(
    ("sent", "doubts"),
    [
        ({}, {}),
        ({"HTTP_X_FORWARDED_FOR": ""}, {"doubts": ["no_chain"]}),
        ({"HTTP_X_CLOUDPANEL_CONFIGURATION": ""}, {"doubts": ["old"]}),
    ],
    ids=["good", "no_chain", "old"],
)
def test_what_the_last_check_looked_like_is_noted(grafana, lena, sent, doubts):
    cookie = visit(grafana)
    check(cookie, **sent)
    grafana.refresh_from_db()
    client = "127.0.0.1" if "HTTP_X_FORWARDED_FOR" in sent else "203.0.113.5"
    assert grafana.last_check == {"proxy": "caddy", "client": client} | doubts


@pytest.mark.parametrize("old", ["session", "application"])
def test_each_use_is_noted_where_its_own_minute_has_passed(grafana, lena, old):
    cookie, now = visit(grafana), timezone.now()
    earlier = now - timedelta(minutes=2)
    Application.objects.update(last_used_at=earlier if old == "application" else now)
    Session.objects.update(last_seen_at=earlier if old == "session" else now)
    check(cookie)
    grafana.refresh_from_db()
    assert (grafana.last_used_at > now) is (old == "application")
    assert (Session.objects.get(user__username="lena").last_seen_at > now) is (old == "session")


# A refusal


@pytest.mark.parametrize(
    ("fields", "reason"), [({"is_active": False}, "application_disabled"), ({"who": "roles"}, "role")]
)
def test_a_refusal_is_written_down_with_its_reason_and_its_person(grafana, lena, fields, reason):
    cookie = visit(grafana)
    Application.objects.update(**fields)
    answer = check(cookie)
    assert answer.status_code == 403
    assert b"Grafana" in answer.content
    row = AuditRow.objects.get(event=Event.APPLICATION_REFUSED)
    assert (row.detail, row.actor_label, row.outcome, row.ip) == ({"reason": reason}, "lena", "refused", "203.0.113.5")
    assert not Visit.objects.filter(refused_at=None).exists()


def test_a_disabled_application_is_named_to_its_owner(grafana, olivia):
    cookie = visit(grafana, "owner")
    Application.objects.update(is_active=False)
    assert b"Grafana" in check(cookie).content


def test_a_disabled_application_is_named_to_nobody_of_another_contract(grafana, lena):
    cookie = visit(grafana)
    Application.objects.update(is_active=False)
    other = make_contract(make_owner("other", contract="Beta"), "Gamma")
    role = other.roles.get()
    User.objects.filter(username="lena").update(contract=other, role=role)
    answer = check(cookie)
    assert (answer.status_code, b"Grafana" in answer.content) == (403, False)
    assert not AuditRow.objects.filter(event=Event.APPLICATION_REFUSED).exists()
    assert b"Grafana" not in check().content, "nor to nobody"


def test_what_can_be_solved_is_not_written_down(grafana, lena):
    cookie = visit(grafana)
    Application.objects.update(needs="two_factor")
    assert check(cookie).status_code == 302
    assert not AuditRow.objects.filter(event=Event.APPLICATION_REFUSED).exists()


# The decision


@pytest.mark.parametrize(
    ("found", "why", "person", "allowed", "forbidden"),
    [
        (None, None, None, False, True),
        (object(), None, None, False, False),
        (object(), None, object(), True, False),
        (object(), Refusal.LOGIN, None, False, False),
        (object(), Refusal.SETUP, object(), False, False),
        (object(), Refusal.ROLE, object(), False, True),
        (object(), Refusal.STRANGER, object(), False, True),
        (None, None, object(), False, True),
    ],
)
def test_a_decision_is_allowed_forbidden_or_can_be_solved(found, why, person, allowed, forbidden):
    decision = GuardDecision(PROXIED, found, why, person)
    assert (decision.allowed, decision.forbidden) == (allowed, forbidden)


def test_the_decision_knows_whose_visit_it_is_and_what_is_left_for_the_application(grafana, lena):
    decision = guard.decide_for(PROXIED, visit(grafana) + "; a=1")
    assert (decision.allowed, decision.found.username, decision.cookie) == (True, "lena", "a=1")
    assert decision.proxied == PROXIED
    unknown = guard.decide_for(ProxiedRequest("http://other.localhost", "/", "GET", navigation=True), visit(grafana))
    assert (unknown.found, unknown.person, unknown.cookie) == (None, None, "")
    assert unknown.proxied.origin == "http://other.localhost"
    assert guard.decide_for(PROXIED, "").why is Refusal.LOGIN


@pytest.mark.parametrize(("prefix", "why"), [("", Refusal.LOGIN), ("__Host-", None)])
def test_on_https_only_the_cookie_of_this_host_alone_counts(contract, lena, prefix, why):
    secure = make_application(contract, f"https://{HOST}")
    decision = guard.decide_for(ProxiedRequest(secure.origin, "/", "GET", navigation=True), prefix + visit(secure))
    assert decision.why is why


def test_what_was_asked_is_known_of_a_disabled_application_too(grafana, lena):
    Application.objects.update(is_active=False)
    assert guard.decide_for(PROXIED, visit(grafana)).proxied == PROXIED


def test_the_host_of_the_check_does_not_matter(grafana, lena):
    assert check(visit(grafana), HTTP_HOST=f"{HOST}:9999").status_code == 200
