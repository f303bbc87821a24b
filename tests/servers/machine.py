"""A machine that serves the panel: a real gunicorn with its workers, in an environment of its own."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.processes import children_of

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def environment(database_url: str) -> dict[str, str]:
    """Keys and the like are those that the tests' own settings put there."""
    own = {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "tests.servers.settings"}
    return {k: v for k, v in os.environ.items() if not k.startswith(("PROMETHEUS", "PYTEST", "COV"))} | own


def run(database_url: str, *command: str, root: Path = ROOT, **settings: str) -> str:
    """What a command in the panel's environment, with these settings besides, prints. `root`: another checkout."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=root,
        env=environment(database_url) | settings,
        check=True,
        timeout=120,
        capture_output=True,
    )
    return done.stdout.decode()


class Server:
    root = ROOT
    gunicorn_conf = "cloudpanel.operation.gunicorn_conf"
    given: tuple[int, ...] = ()
    """File descriptors that it is given."""

    def __init__(self, database_url: str, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        metrics = {"PORT": str(self.port), "PROMETHEUS_MULTIPROC_DIR": str(folder / f"metrics-{self.port}")}
        self.environment = environment(database_url) | metrics
        self.output = folder / f"{self.port}.log"
        self.process: subprocess.Popen | None = None

    def start(self) -> "Server":
        """Returns at once; `ready` waits, so that several can start together."""
        command = [sys.executable, "-m", "gunicorn", "-c", f"python:{self.gunicorn_conf}"]
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=self.root, env=self.environment, stdout=output, stderr=output, pass_fds=self.given
            )
        return self

    def ready(self) -> "Server":
        wait_for(lambda: self.status("/readyz") == 200)
        return self

    def status(self, path: str) -> int:
        """0 where nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def workers(self) -> list[int]:
        return [pid for pid, command in children_of(self.process.pid).items() if b"outbox" not in command]

    def sender(self) -> int | None:
        """The process that sends mails; None while none does."""
        children = children_of(self.process.pid)
        return next((pid for pid, command in children.items() if b"outbox" in command), None)

    def kill_a_worker(self) -> None:
        """As when the system runs out of memory: no goodbye. Waits until another one stands in its place."""
        wait_for(lambda: len(self.workers()) == WORKERS)
        victim = self.workers()[0]
        os.kill(victim, signal.SIGKILL)
        wait_for(lambda: victim not in self.workers() and len(self.workers()) == WORKERS)

    def kill(self) -> None:
        """As when the plug is pulled: the server and its workers in the same moment."""
        for pid in (self.process.pid, *children_of(self.process.pid)):
            os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=20)
        wait_for(lambda: self.status("/healthz") == 0)

    def restart(self) -> None:
        self.stop()
        self.start().ready()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=20)
