"""F01: bodies without a length, as a tunnel or an unbuffered proxy sends them, with a real server and a real nginx."""

import http.client
import socket
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from tests.servers.browser import TOKEN
from tests.servers.machine import Server
from tests.servers.proxy import MAY_RUN, NAME, Nginx

LIMIT = 2 * 1024 * 1024
CHUNK = 50_000
SECURE = {"Host": NAME, "X-Forwarded-Proto": "https", "Origin": f"https://{NAME}"}
URLENCODED = "application/x-www-form-urlencoded"
Connect = Callable[[], http.client.HTTPConnection]


class Unbuffered(Nginx):
    """Passes each piece on as it comes, and so no length either."""

    def _here(self, text: str, panel_port: int) -> str:
        passing = "proxy_pass http://panel;"
        assert passing in text
        unbuffered = f"{passing} proxy_request_buffering off;"
        return super()._here(text, panel_port).replace(passing, unbuffered)


@pytest.fixture(scope="module")
def server(database, folder) -> Iterator[Server]:
    server = Server(database.url, folder)
    server.environment |= {"PUBLIC_URL": f"https://{NAME}", "TRUSTED_PROXIES": "127.0.0.1"}
    try:
        yield server.start().ready()
    finally:
        server.stop()


def directly(server: Server) -> Connect:
    return lambda: http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)


@pytest.fixture(
    scope="module",
    params=[
        "gunicorn",
        pytest.param("nginx", marks=pytest.mark.skipif(not MAY_RUN, reason="nginx is not installed, or needs root")),
    ],
)
def connect(request, server, tmp_path_factory) -> Iterator[Connect]:
    """Opens connections to the panel, at first hand or through the proxy."""
    if request.param == "gunicorn":
        yield directly(server)
        return
    nginx = Unbuffered(tmp_path_factory.mktemp("nginx"), server.port)

    def through_nginx() -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(NAME)
        connection.sock = nginx.connect()
        return connection

    nginx.start()
    try:
        yield through_nginx
    finally:
        nginx.stop()


def form(connect: Connect) -> tuple[str, dict[str, str]]:
    """The token of the login form, and the headers that go with it."""
    connection = connect()
    connection.request("GET", "/login/", headers=SECURE)
    response = connection.getresponse()
    token = TOKEN.search(response.read().decode())
    connection.close()
    cookies = "; ".join(value.split(";")[0] for value in response.headers.get_all("Set-Cookie"))
    return token[1], SECURE | {"Cookie": cookies}


def send(connect: Connect, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    connection = connect()
    pieces = (body[at : at + CHUNK] for at in range(0, len(body), CHUNK))
    connection.request("POST", "/login/", pieces, headers | {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    response = connection.getresponse()
    page = response.read().decode()
    connection.close()
    return response.status, page


def multipart(fields: dict[str, str]) -> tuple[bytes, str]:
    mark = uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    return ("".join(parts) + f"--{mark}--\r\n").encode(), f"multipart/form-data; boundary={mark}"


@pytest.mark.parametrize("encoded", [True, False])
def test_f01_a_form_in_chunks_is_read_like_any_other(connect, encoded):
    token, headers = form(connect)
    fields = {"csrfmiddlewaretoken": token, "username": "nobody-" * 9, "password": "x" * 500}
    body, kind = ("&".join(f"{name}={value}" for name, value in fields.items()).encode(), URLENCODED)
    if not encoded:
        body, kind = multipart(fields)
    status, page = send(connect, body, headers | {"Content-Type": kind})
    assert status == 200
    assert fields["username"] in page


@pytest.mark.parametrize("encoded", [True, False])
def test_f01_more_than_the_limit_gets_its_page(connect, encoded):
    token, headers = form(connect)
    fields = {"csrfmiddlewaretoken": token, "username": "x" * LIMIT}
    body, kind = (f"username={fields['username']}".encode(), URLENCODED) if encoded else multipart(fields)
    status, page = send(connect, body, headers | {"Content-Type": kind})
    assert status == 413
    assert "<h1>" in page


def test_f01_just_below_the_limit_is_read(connect):
    token, headers = form(connect)
    body = f"csrfmiddlewaretoken={token}&username=nobody&password=x&rest=".encode()
    body += b"x" * (LIMIT - len(body))
    assert send(connect, body, headers | {"Content-Type": URLENCODED})[0] == 200


@pytest.mark.parametrize(
    "garbage",
    [
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"-5\r\nabc\r\n",
        b"3\r\nabcdef\r\n0\r\n\r\n",
        b"\r\n\r\n",
        b"5;a=\x00\r\nabcde\r\n0\r\n\r\n",
    ],
)
def test_f01_garbage_for_chunks_is_a_bad_request_and_the_server_goes_on(server, garbage):
    _, headers = form(directly(server))
    headers |= {"Content-Type": URLENCODED, "Transfer-Encoding": "chunked"}
    head = "\r\n".join(["POST /login/ HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""])
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall(head.encode() + garbage)
        raw.shutdown(socket.SHUT_WR)
        answer = raw.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1  # what follows the garbage is not taken for a request
    assert server.status("/healthz") == 200


def test_f01_a_client_that_hangs_up_within_a_chunk_breaks_nothing(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        head = f"POST /login/ HTTP/1.1\r\nHost: {NAME}\r\nTransfer-Encoding: chunked\r\n\r\n"
        raw.sendall(head.encode() + b"400\r\nabc")
    assert server.status("/healthz") == 200
    assert "Traceback" not in server.output.read_text()


@pytest.mark.parametrize("coding", ["gzip, chunked", "gzip,deflate,chunked"])
def test_f01_chunks_of_a_compressed_body_get_a_page(server, coding):
    _, headers = form(directly(server))
    headers |= {"Content-Type": URLENCODED, "Transfer-Encoding": coding}
    head = "\r\n".join(["POST /login/ HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""])
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall(head.encode() + b"3\r\nabc\r\n0\r\n\r\n")
        answer = raw.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 415 ")
    assert b"<h1" in answer
    assert answer.count(b"HTTP/1.1 ") == 1
