"""F03, F04, F14: a unix socket behind the real nginx, and two panels on one host."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.browser import Browser
from tests.servers.machine import ROOT, Server, wait_for
from tests.servers.proxy import MAY_RUN, NAME, Nginx
from tests.servers.test_nginx import ask, fail_to_log_in

PEOPLE = "otto:off"
COMMAND = [sys.executable, "-m", "gunicorn", "-c", "python:cloudpanel.operation.gunicorn_conf"]


@pytest.fixture(scope="module")
def run_folder() -> Iterator[Path]:
    """Short enough for the path of a socket, and open to the user of nginx."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


class AtASocket(Server):
    def __init__(self, database_url: str, folder: Path, path: Path, trusted: str) -> None:
        super().__init__(database_url, folder)
        self.path = path
        self.environment |= {"PUBLIC_URL": f"https://{NAME}:443", "TRUSTED_PROXIES": trusted}
        self.environment |= {"GUNICORN_CMD_ARGS": f"--bind unix:{path}"}


class ToASocket(Nginx):
    def __init__(self, folder: Path, path: Path) -> None:
        self.path = path
        super().__init__(folder, 9)

    def _here(self, text: str, panel_port: int) -> str:
        return super()._here(text, panel_port).replace("server 127.0.0.1:9 ", f"server unix:{self.path} ")


@pytest.fixture(scope="module")
def proxy(database, folder, run_folder, tmp_path_factory) -> Iterator[Nginx]:
    if not MAY_RUN:
        pytest.skip("nginx is not installed, or may only be started by root")
    server = AtASocket(database.url, folder, run_folder / "panel.sock", "unix")
    nginx = ToASocket(tmp_path_factory.mktemp("nginx"), server.path)
    try:
        server.start()
        nginx.start()
        wait_for(lambda: ask(nginx, "/readyz")[0].status == 200)
        yield nginx
    finally:
        nginx.stop()
        server.stop()


def test_f03_behind_a_unix_socket_everybody_has_an_address(proxy, database):
    newest = "SELECT ip FROM accounts_auditrow WHERE event = 'sign_in_password' ORDER BY id DESC LIMIT 1"
    assert fail_to_log_in(proxy) == 200
    assert database.one(newest) == "127.0.0.1"


def test_f14_forms_work_where_public_url_names_the_default_port(proxy):
    assert fail_to_log_in(proxy) == 200


@pytest.mark.parametrize("trusted", ["none", "127.0.0.1"])
def test_f03_without_the_word_a_unix_socket_is_refused_by_name(database, folder, run_folder, trusted):
    server = AtASocket(database.url, folder, run_folder / "other.sock", trusted)
    done = subprocess.run(COMMAND, cwd=ROOT, env=server.environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert f"TRUSTED_PROXIES must contain the word unix to listen on {server.path}." in done.stderr.decode()
    assert not server.path.exists()


def test_f04_two_panels_on_one_host_keep_both_sessions(database, folder, keys):
    servers = [Server(database.url, folder) for _ in range(2)]
    for server in servers:
        server.environment |= {"PUBLIC_URL": f"http://127.0.0.1:{server.port}"}
    try:
        for server in servers:
            server.start()
        first, second = [server.ready() for server in servers]
        browser = Browser(first)
        browser.log_in("otto")
        assert browser.get("/profile/").status == 200
        browser.at(second)
        assert browser.get("/login/").status == 200
        assert browser.at(first).get("/profile/").status == 200
        names = {name.rpartition("_")[0] for name in browser.cookies if name.endswith(f"_{first.port}")}
        assert {"sessionid", "csrftoken", "known"} <= names
    finally:
        for server in servers:
            server.stop()
