"""docs/deploy/nginx.conf in front of two servers, of which one after the other is restarted while people ask."""

import http.client
import signal
import socket
from contextlib import closing

import pytest

from tests.callers import Callers
from tests.servers.machine import Server, wait_for
from tests.servers.proxy import MAY_RUN, NAME, Nginx

pytestmark = pytest.mark.skipif(not MAY_RUN, reason="nginx is not installed, or may only be started by root")
CLIENTS = 3
STRANGERS = 24
ASKED_BETWEEN = 30


@pytest.fixture(scope="module")
def servers(database, folder):
    made = [Server(database.url, folder) for _ in range(2)]
    try:
        for server in made:
            server.environment |= {"PUBLIC_URL": f"https://{NAME}", "TRUSTED_PROXIES": "127.0.0.1"}
            server.start()
        yield [server.ready() for server in made]
    finally:
        for server in made:
            server.stop()


@pytest.fixture
def nginx(servers, tmp_path):
    first, second = servers
    proxy = Nginx(tmp_path, first.port)
    own = f"server 127.0.0.1:{first.port} max_fails=1 fail_timeout=2s;"
    text = proxy.file.read_text()
    assert own in text
    proxy.file.write_text(text.replace(own, own + own.replace(str(first.port), str(second.port))))
    try:
        yield proxy.start()
    finally:
        proxy.stop()


class Clients(Callers):
    """Ask without pause, each by one connection to nginx."""

    def __init__(self, nginx: Nginx) -> None:
        super().__init__(CLIENTS)
        self.nginx = nginx

    def call(self) -> None:
        connection = http.client.HTTPConnection(NAME)
        with closing(connection):
            while not self.over.is_set():
                if connection.sock is None:  # at first, and after each 1,000 requests, when nginx ends a connection
                    connection.sock = self.nginx.connect()
                try:
                    connection.request("GET", "/login/")
                    answer = connection.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException) as fault:
                    self.statuses[type(fault).__name__] += 1
                    return
                self.statuses[answer.status] += 1


def test_o03_each_server_is_restarted_and_no_request_is_lost(servers, nginx):
    with Clients(nginx) as clients:
        for server in servers:
            clients.more(ASKED_BETWEEN)
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(60)
            clients.more(ASKED_BETWEEN)
            server.start().ready()
            clients.more(ASKED_BETWEEN)
        for server in servers:
            server.process.send_signal(signal.SIGHUP)
            clients.more(ASKED_BETWEEN)
    assert set(clients.statuses) == {200}, clients.statuses


def test_o03_a_connection_is_kept_until_the_server_drains(database, folder):
    """Then its last answer says so, and whoever comes back by a new one may come to another server."""
    server = Server(database.url, folder)
    server.environment["DRAIN_SECONDS"] = "20"
    try:
        server.start().ready()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        for _ in range(2):
            assert answered(connection) is False
        server.process.send_signal(signal.SIGTERM)
        wait_for(lambda: server.status("/readyz") == 503)
        assert answered(connection) is True
    finally:
        server.kill()


class Strangers(Callers):
    """Each asks by a connection of its own, and again and again, as a proxy does while the server drains."""

    def __init__(self, port: int) -> None:
        super().__init__(STRANGERS)
        self.port = port

    def call(self) -> None:
        while not self.over.is_set():
            try:
                connection = socket.create_connection(("127.0.0.1", self.port), timeout=0.2)
            except OSError:  # a proxy asks the next server then
                self.statuses["refused"] += 1
                self.over.wait(0.01)
                continue
            with connection:
                self.statuses[self.asked_by(connection)] += 1

    def asked_by(self, connection: socket.socket) -> str:
        connection.settimeout(20)
        try:
            connection.sendall(b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
            return connection.recv(12).decode() or "closed"
        except OSError as fault:
            return type(fault).__name__


def test_whoever_has_connected_to_a_server_that_stops_is_answered(database, folder):
    """A proxy never sends a POST a second time, so no connection may end that a request has gone into."""
    server = Server(database.url, folder)
    server.environment["DRAIN_SECONDS"] = "1"
    try:
        server.start().ready()
        with Strangers(server.port) as strangers:
            strangers.more(ASKED_BETWEEN)
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(60)
    finally:
        server.stop()
    assert set(strangers.statuses) == {"HTTP/1.1 405", "refused"}, strangers.statuses


def test_a_port_that_somebody_else_holds_is_open_for_the_next_server(database, folder):
    server = Server(database.url, folder)
    with socket.create_server(("127.0.0.1", 0)) as held:
        server.port, server.given = held.getsockname()[1], (held.fileno(),)
        server.environment |= {"DRAIN_SECONDS": "1", "GUNICORN_CMD_ARGS": f"--bind fd://{held.fileno()}"}
        try:
            server.start().ready()
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(60) == 0
            server.start().ready()
        finally:
            server.stop()


def answered(connection: http.client.HTTPConnection) -> bool:
    """Whether the server closes the connection after its answer."""
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    return answer.will_close
