"""A real gunicorn: how it stops, how it is replaced under load, and that its workers' numbers are added up."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.callers import Callers
from tests.processes import children_of
from tests.servers.machine import wait_for

ROOT = Path(__file__).resolve().parents[2]
DRAIN_SECONDS = 2.0


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Of a server with a migrated database of its own. DEBUG, so that static files need not be collected first."""
    folder = tmp_path_factory.mktemp("operation")
    own = {
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "cloudpanel.settings",
        "DEBUG": "yes",
        "DRAIN_SECONDS": str(DRAIN_SECONDS),
    }
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PROMETHEUS", "PYTEST", "COV"))} | own
    manage = [sys.executable, "manage.py", "migrate", "--noinput", "-v", "0"]
    subprocess.run(manage, cwd=ROOT, env=environment, check=True, timeout=120)
    return environment


@dataclass
class Server:
    environment: dict[str, str]
    folder: Path
    port: int = 0
    process: subprocess.Popen = field(init=False)

    def __post_init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]

    def start(self) -> "Server":
        own = {"PORT": str(self.port), "PROMETHEUS_MULTIPROC_DIR": str(self.folder / str(self.port))}
        command = [sys.executable, "-m", "gunicorn", "-c", "python:cloudpanel.operation.gunicorn_conf"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment | own, **quiet)
        wait_for(lambda: self.get("/readyz") == (200, b"ready") and self.has_started())
        return self

    def has_started(self) -> bool:
        """Both workers wait for connections: they have read all their code, and have handlers of their own for signals.

        A signal that comes earlier is lost, and code that is broken earlier ends the worker.
        """
        pids = self.workers()
        return len(pids) == 2 and all(self.waits_for_connections(pid) for pid in pids)

    def waits_for_connections(self, pid: int) -> bool:
        process = Path(f"/proc/{pid}")
        try:
            watched = [re.findall(r"^tfd:\s*(\d+)", info.read_text(), re.M) for info in (process / "fdinfo").iterdir()]
            return any(str((process / "fd" / fd).readlink()).startswith("socket:") for fds in watched for fd in fds)
        except FileNotFoundError:  # a file that it has closed meanwhile
            return False

    def get(self, path: str) -> tuple[int, bytes]:
        """0 if there is no answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def workers(self) -> set[int]:
        return {pid for pid, command in children_of(self.process.pid).items() if b"outbox" not in command}

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=20)


@pytest.fixture
def servers(environment, tmp_path) -> Iterator[Callable[[], Server]]:
    started: list[Server] = []

    def start() -> Server:
        started.append(Server(environment, tmp_path).start())
        return started[-1]

    yield start
    for server in started:
        server.end()


class Visitors(Callers):
    """Two threads that ask for the login page all the time, of the first server that answers."""

    def __init__(self, *servers: Server) -> None:
        super().__init__(2)
        self.servers = servers

    def call(self) -> None:
        while not self.over.is_set():
            answers = (server.get("/login/")[0] for server in self.servers)
            self.statuses[next((status for status in answers if status), 0)] += 1
            time.sleep(0.01)


def test_a_stop_is_announced_before_the_doors_close(servers):
    server = servers()
    began = time.monotonic()
    server.send(signal.SIGTERM)
    wait_for(lambda: server.get("/readyz") == (503, b"unready"), DRAIN_SECONDS)
    assert server.get("/healthz") == (200, b"alive")
    assert server.get("/login/")[0] == 200, "who comes meanwhile is served"
    assert server.process.wait(timeout=20) == 0
    assert time.monotonic() - began >= DRAIN_SECONDS
    assert server.get("/healthz")[0] == 0


def test_an_interrupt_stops_at_once(servers):
    """A worker that is handing a connection to a thread in that very moment is killed after ten seconds: gunicorn's
    handler of SIGQUIT wants the lock that this holds. So it is asked when nobody is being served."""
    server = servers()
    time.sleep(0.5)
    server.send(signal.SIGINT)
    assert server.process.wait(timeout=DRAIN_SECONDS + 5) == 0


def test_one_server_takes_new_code_without_a_failed_request(servers):
    server = servers()
    before = server.workers()
    with Visitors(server) as visitors:
        time.sleep(0.5)
        server.send(signal.SIGHUP)
        wait_for(lambda: len(server.workers()) == 2 and not server.workers() & before)
        time.sleep(0.5)
    assert set(visitors.statuses) == {200}
    assert server.get("/readyz")[0] == 200


def test_two_servers_are_restarted_in_turn_without_a_failed_request(servers):
    pair = [servers(), servers()]
    with Visitors(*pair) as visitors:
        for server in pair:
            server.send(signal.SIGTERM)
            assert server.process.wait(timeout=20) == 0
            server.start()
    assert set(visitors.statuses) == {200}


def test_the_numbers_of_all_workers_are_added_up(servers):
    server = servers()
    for _ in range(40):
        assert server.get("/login/")[0] == 200
    assert b'cloudpanel_requests_total{status="200",view="login"} 40.0' in server.get("/metrics")[1]
    before = server.workers()
    server.send(signal.SIGHUP)
    wait_for(lambda: not server.workers() & before)
    assert b'{status="200",view="login"} 40.0' in server.get("/metrics")[1], "a worker's end takes nothing away"
