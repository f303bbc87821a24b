"""A disk without room, on a file system of its own: the panel goes on, and only what must be written fails."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.browser import Browser
from tests.servers.database import SqliteFile
from tests.servers.machine import Server, run, wait_for

PAGES = ("/login/", "/password/forgot/", "/login/code/", "/management/users/", "/profile/", "/no-such-page/", "/")


def _mounted(folder: Path) -> bool:
    try:
        return not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
    except OSError:
        return False


@pytest.fixture
def disk(tmp_path) -> Iterator[Path]:
    """8 MiB and nothing else on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not _mounted(folder):
        pytest.skip("no file system may be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def server(disk) -> Iterator[Server]:
    database = SqliteFile(disk)
    run(database.url, "manage.py", "migrate", "--noinput", "-v", "0")
    run(database.url, "-m", "tests.servers.populate", "otto:off")
    server = Server(database.url, disk)
    server.output = disk.parent / "server.log"
    try:
        yield server.start().ready()
    finally:
        server.stop()


@pytest.fixture
def fill(disk) -> Callable[[], None]:
    def fill() -> None:
        ballast = os.open(disk / "ballast", os.O_WRONLY | os.O_CREAT)
        for size in (65536, 4096, 1):
            try:
                while os.write(ballast, bytes(size)):
                    pass
            except OSError:
                continue
        os.close(ballast)

    return fill


def answers(server: Server) -> set[int]:
    return {server.status(path) for path in PAGES * 4}


def test_o03_a_full_disk_kills_no_worker_and_is_noticed(server, disk, fill):
    inside = Browser(server).log_in("otto")
    workers = server.workers()
    fill()

    wait_for(lambda: server.status("/readyz") == 503, 5)
    assert server.status("/healthz") == 200
    assert answers(server) <= {200, 302, 404}, "what only reads is served"
    assert inside.get("/profile/").status == 200
    assert inside.submit("/profile/name/", name="Changed").status == 503
    assert server.workers() == workers
    assert server.status("/metrics") == 200

    (disk / "ballast").unlink()
    wait_for(lambda: server.status("/readyz") == 200, 5)
    assert Browser(server).log_in("otto").submit("/profile/name/", name="Changed").status == 302


def test_o03_workers_that_start_on_a_full_disk_serve(server, fill):
    before = set(server.workers())
    fill()
    server.process.send_signal(signal.SIGHUP)

    def replaced() -> bool:
        fill()  # whoever ends gives room back
        return len(server.workers()) == 2 and not before & set(server.workers())

    wait_for(replaced)
    workers = server.workers()
    assert answers(server) <= {200, 302, 404}
    assert server.status("/metrics") == 200
    assert server.workers() == workers


def test_o03_a_server_started_on_a_full_disk_says_that_it_is_not_ready(server, fill):
    server.stop()
    shutil.rmtree(server.environment["PROMETHEUS_MULTIPROC_DIR"])
    fill()
    server.start()
    wait_for(lambda: server.status("/healthz") == 200)
    workers = server.workers()
    assert answers(server) <= {200, 302, 404, 503}
    assert server.workers() == workers
    assert server.status("/readyz") == 503
    assert server.status("/metrics") == 200
