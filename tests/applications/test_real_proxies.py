"""The guard behind the real nginx, Caddy and Traefik, with an application that tells what reaches it."""

import json
import socket
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet

from accounts.models import AuditRow, Event, User
from cloudpanel.applications.guard import assertions
from cloudpanel.applications.models import Application, Ticket, Visit
from tests.applications.proxies import KINDS, Answer, free_port, program, proxy
from tests.applications.world import HTML, World
from tests.people import Person, code_of

pytestmark = pytest.mark.django_db(transaction=True)


def reached(answer: Answer) -> dict[str, list[str]]:
    """The headers with which a request reached the application."""
    assert answer.status == 200, answer
    found: dict[str, list[str]] = {}
    for name, value in json.loads(answer.body)["headers"]:
        found.setdefault(name.lower(), []).append(value)
    return found


def test_the_story_ends_at_the_page_asked_for_and_the_application_knows_who_is_there(world):
    target = "/d/home?from=now-6h&to=now%20x"
    cookie = world.open(target)
    answer = world.ask(target, f"{cookie}; theme=dark")
    assert json.loads(answer.body)["path"] == target
    headers = reached(answer)
    assert headers["remote-user"] == ["lena"]
    assert headers["remote-name"] == [quote("Zoë Müller", safe=" ")]
    assert headers["remote-email"] == ["zoe@example.com"]
    assert headers["remote-groups"] == ["Readers"]
    assert headers["cookie"] == ["theme=dark"]
    assert AuditRow.objects.filter(event=Event.APPLICATION_OPENED, target_label="Console 71").count() == 1


def test_the_whole_story_from_the_login_over_the_setup_to_the_page_asked_for(world):
    User.objects.filter(pk=world.user.pk).update(two_factor_required=True)
    target, origin, person = "/d/home?from=now-6h", world.application.origin, Person(world.user)
    asked = world.ask(target, HTML)
    if "/.cloudpanel/start" in asked.header("Location"):
        asked = world.ask(asked.header("Location").removeprefix(origin), HTML)
    nonce = "; ".join(f"{name}={value}" for name, value in asked.cookies().items())
    gate = person.get("/guard/open/?" + urlsplit(asked.header("Location")).query)
    assert urlsplit(gate.url).path == "/login/"
    login = person.start_login(next=parse_qs(urlsplit(gate.url).query)["next"][0])
    assert login.url == "/two-factor/setup/"
    person.key = person.read_key()
    activated = person.post("/two-factor/setup/", {"code": code_of(person.key)})
    assert activated.url == "/two-factor/activated/"
    opened = person.get(person.post("/two-factor/activated/").url)
    entered = world.ask(opened["Location"].removeprefix(origin), HTML, f"Cookie: {nonce}")
    assert (entered.status, entered.header("Location")) == (302, origin + target)
    visit = "; ".join(f"{name}={value}" for name, value in entered.cookies().items())
    assert reached(world.ask(target, f"Cookie: {visit}"))["remote-user"] == ["lena"]


def test_without_a_visit_a_page_is_led_to_the_panel_and_anything_else_gets_a_401(world):
    assert world.ask("/", HTML).status == 302
    for lines, more in (
        (["Accept: application/json"], {}),
        ([HTML, "Sec-Fetch-Mode: cors"], {}),
        ([HTML], {"method": "POST", "body": b"a=1"}),
    ):
        answer = world.ask("/api", *lines, **more)
        assert answer.status == 401, (lines, answer)
        assert "detail" in json.loads(answer.body)


FORGED = [
    "Remote-User: root", "REMOTE-USER: root", "remote-user: root", "Remote_User: root", "Remote.User: root",
    "Remote-Groups: Owner", "Remote_Groups: Owner", "Remote-Email: root@example.com", "Remote-Name: root",
    "Cloudpanel-Assertion: forged", "Cloudpanel_Assertion: forged", "X-Original-URL: https://evil.example/",
    "X-Original-Method: OPTIONS", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https",
    "X-Forwarded-Uri: //evil.example", "X-Forwarded-Method: OPTIONS", "X-Forwarded-For: 203.0.113.9",
]  # fmt: skip


@pytest.mark.parametrize("times", [1, 2])
def test_forged_headers_change_nothing_and_reach_nobody(world, times):
    cookie = world.open()
    for header in FORGED:
        headers = reached(world.ask("/", cookie, *[header] * times))
        assert headers["remote-user"] == ["lena"], header
        assert headers["remote-groups"] == ["Readers"], header
        for name, values in headers.items():
            assert not any(bad in value for value in values for bad in ("root", "forged", "_visit_")), (header, name)
        refused = world.ask("/", *[header] * times)
        assert refused.status in (302, 401), header
        assert "evil" not in refused.header("Location"), header


def test_an_assertion_is_the_panels_whatever_the_client_sent(world):
    Application.objects.update(assertion=True)
    assertions._key.cache_clear()
    cookie = world.open()
    reached(world.ask("/", cookie))
    published = KeySet.import_key_set(Client().get("/openid/jwks.json").json())
    for name in ("Cloudpanel-Assertion", "CLOUDPANEL-ASSERTION", "Cloudpanel_Assertion", "Cloudpanel.Assertion"):
        headers = reached(world.ask("/", cookie, f"{name}: forged", f"{name}: forged"))
        said = jwt.decode(*headers["cloudpanel-assertion"], published, algorithms=["ES256"]).claims
        assert (said["aud"], said["preferred_username"]) == (world.application.origin, "lena")
        assert not any("forged" in value for values in headers.values() for value in values)
    Application.objects.update(assertion=False)
    assert not any(reached(world.ask("/", cookie, "Cloudpanel-Assertion: forged")).get("cloudpanel-assertion", []))


def test_a_connection_header_takes_no_identity_away(world):
    cookie = world.open()
    for name in ("Remote-User", "Cookie", "X-Forwarded-Host", "X-Forwarded-Uri"):
        answer = world.ask("/", cookie, f"Connection: close, {name}")
        if answer.status == 200:
            assert reached(answer)["remote-user"] == ["lena"], name
        else:
            assert answer.status in (302, 400, 401, 403), name


STRANGE = [
    "//evil.example/", "/a/../b", "/%2e%2e/x", "/.cloudpanel/../secret", "//.cloudpanel/start", "/%2fx",
    "/a?next=//evil", "/.cloudpanel%2f..%2fx", "/guard/nginx/", "/healthz",
]  # fmt: skip


@pytest.mark.parametrize("target", STRANGE)
def test_no_path_is_open_without_a_visit_and_none_leads_to_another_host(world, target):
    answer = world.ask(target, HTML)
    assert answer.status in (302, 400, 401, 403, 404), answer
    location = urlsplit(answer.header("Location"))
    assert location.hostname in (None, urlsplit(world.application.origin).hostname, "127.0.0.1")
    assert b'"headers"' not in answer.body


def test_an_absolute_address_of_another_application_is_not_opened(world):
    cookie = world.open()
    first, second = world.applications
    answer = world.proxy.ask(first.host, f"{second.origin}/", cookie, HTML)
    assert answer.status != 200
    answer = world.proxy.ask("evil.example", "/", cookie, HTML)
    assert answer.status != 200 or not answer.body


def test_a_visit_opens_one_application_alone(world):
    cookie = world.open()
    assert world.ask("/", cookie, HTML, application=world.applications[1]).status == 302
    renamed = cookie.replace("_71=", "_72=")
    assert world.ask("/", renamed, HTML, application=world.applications[1]).status == 302


def test_a_websocket_opens_with_a_visit_only(world):
    assert websocket(world, world.open()) == (101, b"ping")
    assert websocket(world, "X-No: cookie")[0] == 401


def test_an_upload_reaches_the_application_whose_limit_counts_and_nobody_elses_does(world):
    body = b"a" * 2_000_000
    assert reached(world.ask("/import", world.open(), method="POST", body=body))["content-length"] == ["2000000"]


UPGRADES = [
    ["Upgrade: h2c"], ["Upgrade: H2C"], ["Upgrade: websocket, h2c"], ["Upgrade: h2c", "Upgrade: websocket"],
    ["Upgrade: tcp"],
]  # fmt: skip


@pytest.mark.parametrize("connection", ["Upgrade", "Upgrade, HTTP2-Settings"])
def test_nobody_gets_a_tunnel_to_the_application_but_a_websocket(world, connection):
    """Within one of HTTP/2 (h2c) further requests would come with whatever headers the client likes, unchecked."""
    cookie = world.open()
    for upgrade in UPGRADES:
        answer = world.ask("/", cookie, f"Connection: {connection}", *upgrade, "HTTP2-Settings: AAMAAABkAAQAAP__")
        if answer.status == 200:
            assert "upgrade" not in reached(answer), upgrade
        else:
            assert 400 <= answer.status < 500, (upgrade, answer)


def websocket(world: World, cookie: str) -> tuple[int, bytes]:
    """The status of the handshake, and what came back of what was sent after it."""
    key = ["Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"]
    head = ["GET /live HTTP/1.1", f"Host: {world.application.host}", "Connection: Upgrade", cookie, *key, "", ""]
    with socket.create_connection(("127.0.0.1", world.proxy.port), timeout=10) as connection:
        connection.sendall("\r\n".join(head).encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += connection.recv(65536)
        status = int(received.split()[1])
        if status != 101:
            return status, b""
        connection.sendall(b"ping")
        return status, connection.recv(4)


def test_a_ticket_is_good_once_and_for_the_browser_that_asked(world):
    app = world.application
    start = world.ask("/.cloudpanel/start?next=/x", HTML)
    opened = world.person.get("/guard/open/?" + urlsplit(start.header("Location")).query)
    ticket = opened["Location"].removeprefix(app.origin)
    nonce = "; ".join(f"{name}={value}" for name, value in start.cookies().items())
    for method in ("HEAD", "POST"):
        assert world.ask(ticket, f"Cookie: {nonce}", method=method).status == 405
    assert world.ask(ticket, HTML).status == 403
    foreign = nonce[:-1] + ("A" if nonce[-1] != "A" else "B")
    elsewhere = world.ask(ticket, HTML, f"Cookie: {foreign}")
    assert (elsewhere.header("Location"), elsewhere.cookies()) == (f"{app.origin}/x", {})
    assert world.ask(ticket, HTML, f"Cookie: {nonce}").status == 302
    assert world.ask(ticket, HTML, f"Cookie: {nonce}").status == 403
    assert Visit.objects.count() == 1
    assert Ticket.objects.get().used_at


def test_logging_out_asks_in_the_panel_by_a_link_and_ends_all_by_a_form_of_the_application(world):
    cookie = world.open()
    asked = world.ask("/.cloudpanel/logout", HTML, cookie)
    assert (asked.status, urlsplit(asked.header("Location")).path) == (302, "/logout/")
    assert world.person.get("/logout/").status_code == 200
    assert world.ask("/", cookie).status == 200
    foreign = world.ask("/.cloudpanel/logout", cookie, "Origin: http://evil.example", method="POST")
    assert (foreign.status, world.ask("/", cookie).status) == (403, 200)
    own = f"Origin: {world.application.origin}"
    assert [world.ask("/.cloudpanel/logout", cookie, own, method="POST").status for _ in range(2)] == [200, 303]
    assert world.ask("/", cookie, HTML).status == 302
    assert not world.person.is_in()


def test_a_late_ticket_is_none(world):
    start = world.ask("/.cloudpanel/start", HTML)
    opened = world.person.get("/guard/open/?" + urlsplit(start.header("Location")).query)
    Ticket.objects.update(expires_at="2020-01-01T00:00:00Z")
    nonce = "; ".join(f"{name}={value}" for name, value in start.cookies().items())
    assert world.ask(opened["Location"].removeprefix(world.application.origin), f"Cookie: {nonce}").status == 403


@pytest.mark.parametrize("kind", KINDS)
def test_with_the_panel_away_nothing_gets_through(kind, echo_port, tmp_path):
    """No database is asked: there is no panel that could."""
    if not program(kind):
        pytest.skip(f"{kind} is not installed")
    port = free_port()
    origin = f"http://grafana.localhost:{port}"
    with proxy(kind, tmp_path, port, panel=free_port(), echo=echo_port, applications=[(71, origin)]) as alone:
        for lines in ((), (HTML,), ("Cookie: cloudpanel_visit_71=x", "Remote-User: root")):
            answer = alone.ask(f"grafana.localhost:{port}", "/", *lines)
            assert answer.status >= 500, answer
            assert b'"headers"' not in answer.body
