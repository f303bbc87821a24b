"""The guard behind the real nginx, Caddy and Traefik, with an application that tells what reaches it."""

import json
import socket
from ipaddress import ip_network
from urllib.parse import quote, urlsplit

import pytest
from django.db import connections

from accounts.models import AuditRow, Event, Role, Session, User
from accounts.origin import SERVER
from accounts.sessions import services as sessions
from cloudpanel.applications import services
from cloudpanel.applications.models import Application, Ticket, Visit
from tests.applications.echo import echo
from tests.applications.proxies import KINDS, Answer, Proxy, free_port, program, proxy
from tests.factories import make_application, make_member, make_owner, make_role
from tests.people import Person
from twofactor.requirement import services as requirement

pytestmark = pytest.mark.django_db(transaction=True)
IDS = (71, 72)
HTML = "Accept: text/html"


@pytest.fixture(scope="module")
def echo_port():
    with echo() as port:
        yield port


@pytest.fixture(scope="module", params=KINDS)
def running(request, echo_port, live_server, tmp_path_factory):
    """One process for all tests of a kind: two applications under two root domains."""
    if not program(request.param):
        pytest.skip(f"{request.param} is not installed")
    port = free_port()
    origins = [f"http://grafana.localhost:{port}", f"http://wiki.example.internal:{port}"]
    applications = list(zip(IDS, origins, strict=True))
    folder = tmp_path_factory.mktemp(request.param)
    panel = urlsplit(live_server.url).port
    with proxy(request.param, folder, port, panel=panel, echo=echo_port, applications=applications) as found:
        yield found, origins


class World:
    def __init__(self, found: Proxy, origins: list[str]) -> None:
        self.proxy = found
        self.owner = make_owner()
        contract = self.owner.contracts.get()
        self.applications = [
            make_application(contract, origin, pk=pk, name=f"Console {pk}")
            for pk, origin in zip(IDS, origins, strict=True)
        ]
        self.role = make_role(contract, name="Readers")
        self.other_role = make_role(contract, name="Others")
        self.user = make_member(
            contract, role=self.role, name="Zoë Müller", email="zoe@example.com", two_factor_required=False
        )
        self.person = Person(self.user)
        self.person.log_in()

    @property
    def application(self) -> Application:
        return self.applications[0]

    def session(self):
        return Session.objects.filter(user=self.user)

    def ask(self, target: str = "/", *lines: str, application: Application | None = None, **more) -> Answer:
        return self.proxy.ask((application or self.application).host, target, *lines, **more)

    def open(self, target: str = "/", application: Application | None = None) -> str:
        """From the first request to the visit: the Cookie header of the browser."""
        app = application or self.application
        first = self.ask(target, HTML, application=app)
        assert first.status == 302, first
        if "/.cloudpanel/start" in first.header("Location"):
            first = self.ask(first.header("Location").removeprefix(app.origin), HTML, application=app)
        assert "/guard/open/" in first.header("Location")
        nonce = "; ".join(f"{name}={value}" for name, value in first.cookies().items())
        opened = self.person.get("/guard/open/?" + urlsplit(first.header("Location")).query)
        assert opened.status_code == 302, opened.content.decode()
        ticket = opened["Location"].removeprefix(app.origin)
        entered = self.ask(ticket, HTML, f"Cookie: {nonce}", application=app)
        assert (entered.status, entered.header("Location")) == (302, app.origin + target), entered
        return "Cookie: " + "; ".join(f"{name}={value}" for name, value in entered.cookies().items())


@pytest.fixture
def world(running, settings):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1/32")]
    yield World(*running)
    connections.close_all()


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
            assert not any(bad in value for value in values for bad in ("root", "forged")), (header, name)
        refused = world.ask("/", *[header] * times)
        assert refused.status in (302, 401), header
        assert "evil" not in refused.header("Location"), header


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
    assert world.ask(ticket, HTML, f"Cookie: {foreign}").status == 403
    assert world.ask(ticket, HTML, f"Cookie: {nonce}").status == 302
    assert world.ask(ticket, HTML, f"Cookie: {nonce}").status == 403
    assert Visit.objects.count() == 1
    assert Ticket.objects.get().used_at


def test_a_late_ticket_is_none(world):
    start = world.ask("/.cloudpanel/start", HTML)
    opened = world.person.get("/guard/open/?" + urlsplit(start.header("Location")).query)
    Ticket.objects.update(expires_at="2020-01-01T00:00:00Z")
    nonce = "; ".join(f"{name}={value}" for name, value in start.cookies().items())
    assert world.ask(opened["Location"].removeprefix(world.application.origin), f"Cookie: {nonce}").status == 403


def change(service, **values):
    """Through the service, by the owner."""
    return lambda w: service(actor=w.owner, application=w.application, origin=SERVER, **values)


CHANGES = {
    "deactivated": lambda w: User.objects.filter(pk=w.user.pk).update(is_active=False),
    "another role": lambda w: User.objects.filter(pk=w.user.pk).update(role=w.other_role),
    "role disabled": lambda w: Role.objects.filter(pk=w.role.pk).update(enabled=False),
    "application disabled": change(services.set_state, active=False),
    "access narrowed": lambda w: change(services.set_access, who="roles", roles=[w.other_role])(w),
    "2FA required": lambda w: requirement.set_required(actor=w.owner, target=w.user, required=True, origin=SERVER),
    "2FA needed": change(services.set_needs, needs="two_factor", minutes=None),
    "reset": lambda w: requirement.reset(actor=w.owner, target=w.user, origin=SERVER),
    "logged out": lambda w: w.person.post("/logout/"),
    "sessions ended": lambda w: sessions.end_all(w.user),
    "new password": lambda w: User.objects.filter(pk=w.user.pk).update(stamp=w.user.stamp + 1),
    "idle": lambda w: w.session().update(last_seen_at="2020-01-01T00:00:00Z"),
    "twelve hours": lambda w: w.session().update(expire_date="2020-01-01T00:00:00Z"),
    "guard off": change(services.set_guard, guard=False, assertion=False, upstream=""),
    "deleted": lambda w: User.objects.get(pk=w.user.pk).delete(),
}


@pytest.mark.parametrize("domain", [0, 1])
def test_the_very_next_request_is_refused(world, domain):
    """One visit after the other, since each change is the end of one."""
    world.applications = world.applications[domain:] + world.applications[:domain]
    for event, make in CHANGES.items():
        fresh(world)
        cookie = world.open()
        assert world.ask("/", cookie).status == 200, event
        make(world)
        answer = world.ask("/", cookie, HTML)
        assert answer.status in (302, 403), (event, answer)
        assert world.ask("/", cookie, "Accept: */*").status in (401, 403), event


def fresh(world: World) -> None:
    """Everything as it was before the change, and a new login."""
    world.role.enabled = True
    world.role.save()
    User.objects.filter(pk=world.user.pk).update(is_active=True, role=world.role, two_factor_required=False)
    Application.objects.filter(pk=world.application.pk).update(is_active=True, guard=True, who="roles", needs="login")
    world.application.roles.set([world.role])
    world.application.refresh_from_db()
    world.user.refresh_from_db()
    world.owner.refresh_from_db()
    world.person = Person(world.user)
    world.person.log_in()


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
