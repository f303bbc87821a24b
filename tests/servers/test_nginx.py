"""docs/deploy/nginx.conf in front of a real server: what it passes on, what it holds back, and what it says alone."""

import http.client
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.servers.browser import TOKEN
from tests.servers.machine import Server, wait_for
from tests.servers.proxy import GIVEN, MAY_RUN, NAME, Nginx

pytestmark = pytest.mark.skipif(not MAY_RUN, reason="nginx is not installed, or may only be started by root")

PUBLIC = {"PUBLIC_URL": f"https://{NAME}", "TRUSTED_PROXIES": "127.0.0.1"}
HEADER_SECONDS = 10
DRIPPING = 8  # as many as the panel has threads
IN_PROGRESS = 40  # of one address
RESET_PATH = "/password/reset/MQ/token-that-was-mailed/"


@pytest.fixture(scope="module")
def server(database, folder) -> Iterator[Server]:
    server = Server(database.url, folder)
    server.environment |= PUBLIC
    try:
        yield server.start().ready()
    finally:
        server.stop()


@pytest.fixture(scope="module")
def proxy(server, tmp_path_factory) -> Iterator[Nginx]:
    nginx = Nginx(tmp_path_factory.mktemp("nginx"), server.port)
    try:
        yield nginx.start()
    finally:
        nginx.stop()


@pytest.fixture
def alone(tmp_path) -> Iterator[Nginx]:
    """With nobody behind it."""
    nginx = Nginx(tmp_path, 9)
    try:
        yield nginx.start()
    finally:
        nginx.stop()


def ask(
    proxy: Nginx, path: str, body: str | None = None, host: str = "127.0.0.1", **headers: str
) -> tuple[http.client.HTTPResponse, str]:
    connection = http.client.HTTPConnection(NAME)
    connection.sock = proxy.connect(host=host)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with connection.sock:
        connection.request("POST" if body else "GET", path, body, names)
        response = connection.getresponse()
        return response, response.read().decode()


def fail_to_log_in(proxy: Nginx, **headers: str) -> int:
    response, page = ask(proxy, "/login/", **headers)
    found = TOKEN.search(page)
    assert found
    cookies = "; ".join(value.split(";")[0] for value in response.headers.get_all("Set-Cookie"))
    body = f"csrfmiddlewaretoken={found[1]}&username=nobody&password=not-a-password-of-anybody"
    own = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": cookies, "Origin": f"https://{NAME}"}
    return ask(proxy, "/login/", body, **own, **headers)[0].status


def test_o02_it_starts_as_debian_starts_it_and_serves_both_kinds_of_address(proxy):
    for host in ("127.0.0.1", "::1"):
        assert ask(proxy, "/login/", host=host)[0].status == 200
    with proxy.connect("h2", "http/1.1") as connection:
        assert connection.selected_alpn_protocol() == "h2"


def test_o02_it_names_the_user_and_the_pid_file_of_debian():
    text = GIVEN.read_text()
    assert "\nuser www-data;\n" in text
    assert "\npid /run/nginx.pid;\n" in text
    assert "\nerror_log stderr crit;" in text


def test_o02_without_tls_it_leads_to_https_and_serves_certbots_files(proxy):
    challenge = proxy.web / ".well-known/acme-challenge"
    challenge.mkdir(parents=True)
    (challenge / "proof").write_text("it is ours")
    moved = ask_plainly(proxy, "/login/?next=/profile/")
    assert (moved.status, moved.headers["Location"]) == (308, f"https://{NAME}/login/?next=/profile/")
    assert ask_plainly(proxy, "/.well-known/acme-challenge/proof").read() == b"it is ours"


def ask_plainly(proxy: Nginx, path: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.plain_port, timeout=10)
    connection.request("GET", path, headers={"Host": NAME})
    return connection.getresponse()


def test_o02_an_unreachable_panel_gets_a_page_of_its_own_and_no_address_is_logged(alone):
    response, page = ask(alone, RESET_PATH)
    assert response.status == 502
    assert "<h1>The panel is unavailable</h1>" in page
    assert "Das Panel ist nicht erreichbar" in page
    assert "nginx" not in page
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert response.headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    alone.stop()
    assert "token-that-was-mailed" not in alone.error_log.read_text()


def test_o02_the_panels_own_errors_pass_through(proxy):
    response, page = ask(proxy, "/no-such-page/")
    assert response.status == 404
    assert "unavailable" not in page
    assert ask(proxy, "/metrics")[0].status == 404


@pytest.mark.parametrize("times", [700, 2600])
def test_a_long_address_leads_to_the_login_and_takes_no_server_away(proxy, times):
    response, _page = ask(proxy, "/profile/?" + times * "%41")
    assert (response.status, response.headers["Location"].partition("?")[0]) == (302, "/login/")
    assert len(response.headers.as_string()) > 4096 or times > 700
    assert ask(proxy, "/login/")[0].status == 200


@pytest.mark.parametrize("path", ["/profile?" + 7000 * '"', "/profile?" + 2600 * "%22"])
def test_an_address_without_its_slash_never_makes_a_head_too_long(proxy, path):
    """A quotation mark becomes three characters."""
    assert ask(proxy, path)[0].status in (301, 400)


def test_a_form_too_long_for_an_address_is_refused(proxy):
    body = "state=" + 100_000 * "x"
    response, page = ask(proxy, "/openid/authorize/", body, Content_Type="application/x-www-form-urlencoded")
    assert response.status == 400
    assert "The request of the application is too long." in page


@pytest.mark.parametrize("claimed", ["203.0.113.7", "203.0.113.7, 127.0.0.1", "unknown"])
def test_s20_a_client_cannot_choose_its_address(proxy, database, claimed):
    assert fail_to_log_in(proxy, X_Forwarded_For=claimed) == 200
    newest = "SELECT ip FROM accounts_auditrow WHERE event = 'sign_in_password' ORDER BY id DESC LIMIT 1"
    assert database.one(newest) == "127.0.0.1"


@pytest.mark.timed
@pytest.mark.parametrize("path", ["/login/", "/healthz"])
def test_s21_connections_that_drip_their_headers_do_not_stop_the_panel(proxy, path):
    with ExitStack() as stack:
        slow = [stack.enter_context(proxy.connect("http/1.1")) for _ in range(DRIPPING)]
        for connection in slow:
            connection.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n".encode())
        for number in range(3):
            for connection in slow:
                connection.sendall(f"X-{number}: x\r\n".encode())
            began = time.monotonic()
            assert ask(proxy, path)[0].status == 200
            assert time.monotonic() - began < HEADER_SECONDS / 2


def drip_a_body(connection: ssl.SSLSocket) -> None:
    connection.sendall(f"POST /login/ HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: 1000\r\n\r\nx".encode())


@pytest.mark.timed
def test_s21_connections_that_drip_their_bodies_do_not_stop_the_panel(proxy):
    with ExitStack() as stack:
        for _ in range(DRIPPING):
            drip_a_body(stack.enter_context(proxy.connect("http/1.1")))
        began = time.monotonic()
        assert ask(proxy, "/login/")[0].status == 200
        assert time.monotonic() - began < HEADER_SECONDS / 2


@pytest.mark.timed
def test_s21_who_drips_headers_is_cut_off(proxy):
    with proxy.connect("http/1.1") as connection:
        began = time.monotonic()
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n".encode())
        wait_for(_cut_off(connection), HEADER_SECONDS + 5)
        assert time.monotonic() - began > HEADER_SECONDS - 2


def _cut_off(connection: ssl.SSLSocket) -> Callable[[], bool]:
    connection.settimeout(1)

    def asked() -> bool:
        try:
            connection.sendall(b"X: x\r\n")
            return connection.recv(1000) == b"" or connection.recv(1000) == b""
        except TimeoutError:
            return False
        except OSError:
            return True

    return asked


def test_s21_one_address_cannot_take_every_connection(proxy):
    with ExitStack() as stack:
        for _ in range(IN_PROGRESS):
            drip_a_body(stack.enter_context(proxy.connect("http/1.1")))
        wait_for(lambda: ask(proxy, "/healthz")[0].status == 429, 5)
        assert ask(proxy, "/healthz", host="::1")[0].status == 200
