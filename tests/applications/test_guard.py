"""Checks, tickets and the addresses on an application's host, without a proxy: what is answered and what it costs."""

from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.core import signing
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.clock import SLACK
from accounts.expiry import AT_ONCE
from accounts.models import AuditRow, Event, Session, User
from accounts.origin import Origin
from cloudpanel.applications.guard import visits
from cloudpanel.applications.guard.digests import digest
from cloudpanel.applications.guard.door import STATE_SALT
from cloudpanel.applications.models import Application, Ticket, Visit
from tests.applications.visits import HOST, ORIGIN, check, session_of, ticket_for, visit
from tests.bench.sql import Sql
from tests.factories import make_application, make_contract, make_member, make_owner, make_role
from tests.people import Person, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusted_proxy")]


def test_a_check_is_one_select_and_no_write_and_says_who_is_there(grafana, lena):
    cookie = visit(grafana)
    Application.objects.update(last_used_at=timezone.now())
    with Sql() as sql:
        answer = check(cookie + "; theme=dark")
    assert answer.status_code == 200
    assert sql.queries == 1
    assert [answer[name] for name in ("Remote-User", "Remote-Name", "Remote-Email", "Remote-Groups", "Cookie")] == [
        "lena", "Lena", "lena@example.com", "Administrator", "theme=dark",
    ]  # fmt: skip
    assert answer.content == b""


def test_use_is_noted_once_a_minute(grafana, lena):
    cookie = visit(grafana)
    earlier = timezone.now() - timezone.timedelta(minutes=2)
    Session.objects.update(last_seen_at=earlier)
    assert check(cookie).status_code == 200
    grafana.refresh_from_db()
    assert grafana.last_check == {"proxy": "caddy", "client": "203.0.113.5"}
    assert session_of("lena").last_seen_at > earlier
    with Sql() as sql:
        check(cookie)
    assert sql.queries == 1


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"HTTP_X_FORWARDED_FOR": ""}, ["no_chain"]),
        ({"HTTP_X_FORWARDED_FOR": "198.51.100.1"}, ["own_address"]),
        ({}, None),
    ],
)
def test_what_a_check_lacks_is_noted_with_its_use(grafana, lena, settings, sent, expected):
    settings.TRUSTED_PROXIES = [ip_network("198.51.100.1/32")]
    assert check(visit(grafana), REMOTE_ADDR="198.51.100.1", **sent).status_code == 200
    grafana.refresh_from_db()
    assert grafana.last_check.get("doubts") == expected


def test_an_owner_is_named_as_one(grafana, olivia):
    assert check(visit(grafana, "owner"))["Remote-Groups"] == "Owner"


@pytest.mark.parametrize(
    ("role", "sent"),
    [
        ("Owner", ""),
        ("OWNER", ""),
        ("Staff, Owner", "Staff%2C Owner"),
        ("%4Fwner", "%254Fwner"),
        ("Owners", "Owners"),
    ],
)
def test_no_name_of_a_role_makes_an_owner(grafana, lena, contract, role, sent):
    User.objects.filter(username="lena").update(role=make_role(contract, name=role))
    assert check(visit(grafana))["Remote-Groups"] == sent


def test_nobody_is_led_to_the_start_with_the_place_to_return_to(grafana):
    answer = check()
    assert (answer.status_code, answer["Location"]) == (302, f"{ORIGIN}/.cloudpanel/start?next=%2Fd%3Fa%3D1")
    assert check(HTTP_ACCEPT="application/json").status_code == 401
    assert len(check(HTTP_ACCEPT="application/json").content) < 1024


@pytest.mark.parametrize("more", [
    {"HTTP_X_FORWARDED_HOST": "other.localhost"},
    {"HTTP_X_FORWARDED_HOST": f"{HOST},evil"},
    {"HTTP_X_FORWARDED_PROTO": "https"},
    {"HTTP_X_FORWARDED_METHOD": ""},
])  # fmt: skip
def test_whatever_is_unclear_is_a_403(grafana, lena, more):
    assert check(visit(grafana), **more).status_code == 403


def test_a_guard_that_is_off_is_an_unknown_host(grafana, lena):
    cookie = visit(grafana)
    Application.objects.update(guard=False)
    assert check(cookie).status_code == 403


def test_only_get_and_head(grafana, lena):
    cookie = visit(grafana)
    assert check(cookie, method="head").status_code == 200
    for method in ("post", "put", "delete", "options"):
        assert check(cookie, method=method).status_code == 405


def test_a_peer_that_is_no_proxy_gets_a_403_and_one_row(grafana, lena):
    cookie = visit(grafana)
    for _ in range(3):
        assert check(cookie, REMOTE_ADDR="198.51.100.7").status_code == 403
    row = AuditRow.objects.get(event=Event.GUARD_REFUSED)
    assert (row.contract_id, row.ip) == (None, "198.51.100.7")


def test_a_refusal_names_application_and_owner_and_is_one_row_a_visit(grafana, lena, contract):
    cookie = visit(grafana)
    Application.objects.update(who="roles")
    for _ in range(3):
        answer = check(cookie)
        assert answer.status_code == 403
    said = words(answer)
    assert "open Grafana" in said
    assert "Olivia Owner" in said
    row = AuditRow.objects.get(event=Event.APPLICATION_REFUSED)
    assert (row.actor_label, row.target_label, row.detail["reason"]) == ("lena", "Grafana", "role")


def test_a_visit_under_another_name_or_application_is_none(grafana, lena, contract):
    cookie = visit(grafana)
    other = make_application(contract, "http://wiki.localhost", name="Wiki")
    secret = cookie.partition("=")[2]
    for sent in (f"cloudpanel_visit_{other.pk}={secret}", f"cloudpanel_visit_{grafana.pk}={secret}x", cookie + "0"):
        assert check(sent, HTTP_ACCEPT="*/*").status_code == 401
    assert check(cookie, HTTP_X_FORWARDED_HOST="wiki.localhost", HTTP_ACCEPT="*/*").status_code == 401


@pytest.mark.parametrize(
    "changed", [{"stamp": 7}, {"password": "another hash"}], ids=lambda changed: next(iter(changed))
)
def test_a_visit_is_none_while_the_account_is_another_than_when_it_was_opened(grafana, lena, changed):
    """The session's row is there and alive: the comparison of the visit's own hash refuses alone."""
    cookie = visit(grafana)
    account = User.objects.filter(username="lena")
    before = account.values(*changed).get()
    account.update(**changed)
    assert session_of("lena").signed_in
    assert check(cookie).status_code == 302
    account.update(**before)
    assert check(cookie).status_code == 200
    Visit.objects.update(auth_hash="")
    assert check(cookie).status_code == 302


class TestANeighbourUnderTheSameDomain:
    """It can set any cookie for the domain, but none whose name begins with __Host-."""

    THERE = {"HTTP_HOST": "secure.localhost", "HTTP_X_FORWARDED_PROTO": "https"}

    @pytest.fixture
    def secure(self, contract):
        return make_application(contract, "https://secure.localhost", name="Secure")

    def test_nobody_works_in_a_visit_that_it_gives_them(self, secure, lena):
        own = visit(secure)
        there = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "secure.localhost"}
        assert check(f"__Host-{own}", **there).status_code == 200
        assert check(own, **there).status_code == 302
        both = check(f"{own[:-3]}abc; __Host-{own}", **there)
        assert (both.status_code, both["Cookie"]) == (200, "")
        status = Client(**self.THERE, HTTP_COOKIE=own).get("/.cloudpanel/status")
        assert "Logged in as Nobody" in words(status)

    @pytest.mark.parametrize("before", ["", "\xa0", "\u2000", "\x85"])
    def test_nobody_enters_by_its_ticket_and_nonce(self, secure, lena, before):
        nonce = "n" * 43
        session = session_of("lena")
        ticket = visits.issue_ticket(
            application=secure,
            session=session,
            user=session.user,
            verified=False,
            nonce_digest=digest("nonce", secure.pk, nonce),
            path="/",
        )
        name = f"cloudpanel_start_{secure.pk}"
        forged = f"{before}__Host-{name}={nonce}" if before else f"{name}={nonce}"
        there = Client(**self.THERE, HTTP_COOKIE=forged.encode().decode("latin-1"))
        assert there.get(f"/.cloudpanel/enter?ticket={ticket}").status_code == 403
        assert there.get("/.cloudpanel/start").cookies[f"__Host-{name}"].value != nonce
        own = Client(**self.THERE, HTTP_COOKIE=f"__Host-{name}={nonce}")
        assert own.get(f"/.cloudpanel/enter?ticket={ticket}").status_code == 302


class TestOnTheApplicationsHost:
    def test_there_are_four_addresses_and_nothing_else(self, grafana):
        client = Client(HTTP_HOST=HOST)
        for page in (
            "/",
            "/login/",
            "/static/css/base.css",
            "/admin/",
            "/guard/open/",
            "/.cloudpanel/",
            "/.cloudpanel/x",
        ):
            assert client.get(page).status_code == 404, page
        for page, status in (("start", 302), ("enter", 403), ("logout", 302), ("status", 200)):
            assert client.get(f"/.cloudpanel/{page}").status_code == status, page

    def test_an_unknown_host_has_none_of_them(self, grafana):
        for host in ("unknown.localhost", HOST + ":81"):
            assert Client(HTTP_HOST=host).get("/.cloudpanel/start").status_code == 400
        assert Client().get("/.cloudpanel/start").status_code == 404

    def test_the_panels_own_host_costs_no_query(self, grafana):
        with Sql() as sql:
            Client().get("/login/")
        assert sql.queries == 0

    def test_start_binds_the_state_to_the_browser(self, grafana):
        client = Client(HTTP_HOST=HOST)
        answer = client.get("/.cloudpanel/start?next=/d%3Fa=1")
        address = urlsplit(answer["Location"])
        assert address.path == "/guard/open/"
        nonce = answer.cookies[f"cloudpanel_start_{grafana.pk}"]
        assert nonce["httponly"]
        values = signing.loads(parse_qs(address.query)["state"][0], salt=STATE_SALT)
        assert values == [grafana.pk, digest("nonce", grafana.pk, nonce.value), "/d?a=1"]
        again = client.get("/.cloudpanel/start")  # another tab
        assert again.cookies[f"cloudpanel_start_{grafana.pk}"].value == nonce.value

    def test_the_cookie_over_https_belongs_to_this_host_alone(self, contract):
        secure = make_application(contract, "https://secure.localhost", name="Secure")
        sent = {"HTTP_HOST": "secure.localhost", "HTTP_X_FORWARDED_PROTO": "https"}
        cookie = Client(**sent).get("/.cloudpanel/start").cookies[f"__Host-cloudpanel_start_{secure.pk}"]
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")

    def test_log_out_ends_the_session_in_the_panel_for_the_applications_own_form_only(self, grafana, lena):
        cookie = visit(grafana)
        client = Client(HTTP_HOST=HOST, HTTP_COOKIE=cookie)
        for origin in ("", "null", "http://evil.example", f"{ORIGIN}:81"):
            assert client.post("/.cloudpanel/logout", HTTP_ORIGIN=origin).status_code == 403
        assert lena.is_in()
        assert client.post("/.cloudpanel/logout", HTTP_ORIGIN=ORIGIN).status_code == 200
        assert not lena.is_in()
        assert check(cookie).status_code == 302

    def test_a_link_to_log_out_leads_to_the_question_of_the_panel_and_ends_nothing(self, grafana, lena, settings):
        client = Client(HTTP_HOST=HOST, HTTP_COOKIE=visit(grafana))
        for method in (client.get, client.head):
            answer = method("/.cloudpanel/logout?next=//evil.example", HTTP_ORIGIN=ORIGIN)
            assert (answer.status_code, answer["Location"]) == (302, f"{settings.PUBLIC_URL}/logout/")
        assert lena.is_in()

    def test_status_tells_the_chain_only_to_somebody_who_is_logged_in(self, grafana, lena):
        sent = {"HTTP_HOST": HOST, "HTTP_X_FORWARDED_FOR": "203.0.113.5", "HTTP_X_CLOUDPANEL_PROXY": "caddy"}
        assert "Came by" not in words(Client(**sent).get("/.cloudpanel/status"))
        said = words(Client(**sent, HTTP_COOKIE=visit(grafana)).get("/.cloudpanel/status"))
        assert "Came by 203.0.113.5, 127.0.0.1" in said
        assert "X-Forwarded-For is missing" in words(Client(HTTP_HOST=HOST).get("/.cloudpanel/status"))
        untrusted = Client(HTTP_HOST=HOST, REMOTE_ADDR="198.51.100.7").get("/.cloudpanel/status")
        assert "not in TRUSTED_PROXIES" in words(untrusted)


class TestOpening:
    def open(self, person: Person, application: Application, **more):
        state = signing.dumps([application.pk, digest("nonce", application.pk, "n"), "/d"], salt=STATE_SALT)
        return person.get(f"/guard/open/?{urlencode({'state': state})}", **more)

    def test_after_a_form_a_page_leads_on_since_no_form_may_be_redirected_elsewhere(self, grafana, lena):
        assert self.open(lena, grafana)["Location"].startswith(f"{ORIGIN}/.cloudpanel/enter?ticket=")
        page = self.open(lena, grafana, HTTP_SEC_FETCH_SITE="same-origin")
        assert page.status_code == 200
        assert f'href="{ORIGIN}/.cloudpanel/enter?ticket=' in page.content.decode()

    def test_somebody_who_needs_2fa_is_led_to_the_setup(self, grafana, lena):
        Application.objects.update(needs="two_factor")
        assert self.open(lena, grafana).url == "/two-factor/setup/"
        assert "Grafana needs two-factor authentication." in words(lena.get("/two-factor/setup/"))
        assert not Ticket.objects.exists()

    def test_after_the_setup_the_application_opens(self, grafana, lena):
        Application.objects.update(needs="two_factor")
        asked = self.open(lena, grafana)
        lena.enrol_logged_in()
        landed = lena.post("/two-factor/activated/")
        assert landed.url.startswith("/guard/open/?state=")
        assert lena.get(landed.url).status_code in (200, 302)
        assert Ticket.objects.get().verified
        assert asked.url == "/two-factor/setup/"

    def test_an_old_proof_is_confirmed_first_and_leads_back(self, grafana, lena):
        Application.objects.update(reauthenticate_minutes=1)
        session = lena.client.session
        session["confirmed_at"] -= 120
        session.save()
        answer = self.open(lena, grafana)
        assert answer.url.startswith("/confirm/?next=%2Fguard%2Fopen%2F%3Fstate%3D")
        assert "be asked again" not in words(lena.get(answer.url))
        assert "be asked again for 5 minutes" in words(lena.get("/confirm/?next=/profile/email/"))

    def test_a_proof_of_a_machine_a_little_ahead_is_as_good_on_the_others(self, grafana, lena, clock):
        """Behind one proxy each request may come to another machine."""
        Application.objects.update(reauthenticate_minutes=1)
        browser = lena.another_browser()
        clock.shift(240)
        browser.log_in()
        clock.shift(-240)
        assert self.open(browser, grafana)["Location"].startswith(f"{ORIGIN}/.cloudpanel/enter?ticket=")

    def test_the_wrong_role_gets_a_403_with_the_reason(self, grafana, lena):
        Application.objects.update(who="roles")
        answer = self.open(lena, grafana)
        assert answer.status_code == 403
        assert "Ask the account owner, Olivia Owner." in words(answer)

    def test_a_stranger_does_not_learn_its_name(self, lena):
        foreign = make_application(make_contract(make_owner("other")), ORIGIN, name="Secret project")
        answer = self.open(lena, foreign)
        assert answer.status_code == 403
        assert "Secret project" not in words(answer)

    @pytest.mark.parametrize("state", ["", "x", "a:b:c", "x" * 5000])
    def test_a_state_that_is_not_ours_is_a_400(self, lena, grafana, state):
        assert lena.get(f"/guard/open/?{urlencode({'state': state})}").status_code == 400


def test_housekeeping_removes_visits_without_a_session_and_old_tickets(grafana, lena, capsys):
    visit(grafana)
    call_command("housekeeping")
    assert Visit.objects.count() == 1
    Session.objects.all().delete()
    Ticket.objects.update(expires_at="2020-01-01T00:00:00Z")
    call_command("housekeeping")
    assert "Removed 1 ended visits and 1 old tickets" in capsys.readouterr().out
    assert not Visit.objects.exists()


def test_the_configurations_can_be_copied_and_downloaded(olivia, grafana):
    page = f"/management/applications/{grafana.pk}/guard/"
    olivia.post(page, {"guard": "on", "upstream": "127.0.0.1:3999"})
    shown = olivia.get(page).content.decode()
    for kind in ("nginx", "caddy", "traefik"):
        answer = olivia.get(f"{page}{kind}/")
        assert "127.0.0.1:3999" in answer.content.decode()
        assert "attachment" in answer["Content-Disposition"]
        assert f'id="configuration-{kind}"' in shown
    assert olivia.get(f"{page}apache/").status_code == 404


@pytest.mark.parametrize("typed", ["127.0.0.1", "http://127.0.0.1:3000", "127.0.0.1:3000; root /"])
def test_an_upstream_that_is_none_is_said_at_its_field_and_kept_nowhere(olivia, grafana, typed):
    page = f"/management/applications/{grafana.pk}/guard/"
    answer = olivia.post(page, {"guard": "on", "upstream": typed})
    assert answer.status_code == 200
    assert answer.context["form"].has_error("upstream", "upstream")
    grafana.refresh_from_db()
    assert grafana.upstream == ""


def test_a_viewer_reads_the_configurations_and_changes_nothing(contract, grafana):
    viewer = Person(make_member(contract, role=make_role(contract, "applications.show"), two_factor_required=False))
    viewer.log_in()
    page = f"/management/applications/{grafana.pk}/guard/"
    assert viewer.get(page).status_code == 200
    assert viewer.post(page).status_code == 403
    grafana.refresh_from_db()
    assert grafana.guard


def test_the_overview_names_a_guard_that_lets_nobody_in(olivia, contract, lena):
    long_ago = timezone.now() - timezone.timedelta(days=2)
    make_application(contract, "http://a.localhost", name="Silent console", created_at=long_ago)
    make_application(contract, "http://b.localhost", name="Busy", created_at=long_ago, last_used_at=timezone.now())
    make_application(contract, "http://c.localhost", name="Just created")
    make_application(contract, "http://d.localhost", name="Unguarded", created_at=long_ago, guard=False)
    said = words(olivia.get("/"))
    assert "Silent console" in said
    assert not {"Busy", "Just created", "Unguarded"} & set(said.split())


def test_a_login_by_openid_hides_no_guard_that_lets_nobody_in(olivia, contract):
    now = timezone.now()
    long_ago = now - timedelta(days=2)
    silent = make_application(contract, openid=True, client_id="grafana", created_at=long_ago, openid_used_at=now)
    assert olivia.get("/").context["unused_applications"] == [silent]
    assert "Nobody has opened this application through your reverse proxy yet" in words(
        olivia.get(f"/management/applications/{silent.pk}/")
    )


def test_who_opens_applications_again_and_again_leaves_few_tickets(grafana, lena):
    for _ in range(30):
        ticket_for(grafana)
    Ticket.objects.update(expires_at=timezone.now() - visits.TICKET_KEPT - timedelta(seconds=1))
    newest = ticket_for(grafana)
    assert Ticket.objects.count() == 30 - AT_ONCE + 1
    here = Origin(ip="203.0.113.5", agent="test")
    assert visits.take_ticket(application=grafana, ticket=newest, nonce="n", origin=here)


@pytest.mark.parametrize(
    ("ahead", "opens"), [(SLACK, True), (SLACK + timedelta(seconds=1), False), (timedelta(days=1), False)], ids=str
)
def test_a_ticket_of_a_machine_a_little_ahead_opens_on_the_others(clock, grafana, lena, ahead, opens):
    clock.shift(ahead)
    ticket = ticket_for(grafana)
    clock.shift(-ahead)
    opened = visits.take_ticket(application=grafana, ticket=ticket, nonce="n", origin=Origin())
    assert (opened is not None) is opens
