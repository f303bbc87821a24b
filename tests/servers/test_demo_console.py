"""`demo_console`, which `make run-guarded` calls: from the first request of a console to the page asked for."""

import base64
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from tests.people import KEY, code_of
from tests.servers.browser import ACTIVATED, SETUP, Browser
from tests.servers.machine import ROOT, environment, wait_for
from tests.servers.proxy import free_ports

PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
pytestmark = pytest.mark.skipif(not shutil.which("caddy", path=PATH), reason="Caddy is not installed")
WANTED = "/reports?from=now-6h&to=now"


def is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def first_of_three() -> int:
    while True:
        port = free_ports(1)[0]
        if is_free(port + 1) and is_free(port + 2):
            return port


@pytest.fixture(scope="module")
def running(database, folder):
    """The panel, Caddy, and the file with what was printed."""
    port = first_of_three()
    own = {
        "PORT": str(port),
        "PUBLIC_URL": f"http://localhost:{port}",
        "TRUSTED_PROXIES": "127.0.0.1",
        "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics"),
    }
    output = folder / "demo.log"
    with output.open("wb") as written:
        command = [sys.executable, "manage.py", "demo_console"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(database.url) | own, stdout=written, stderr=written
        )
    try:
        wait_for(lambda: process.poll() is not None or output.read_bytes().count(b"Booting worker") == 2)
        assert process.poll() is None, output.read_text()
        wait_for(lambda: not is_free(port + 1), 20)
        yield SimpleNamespace(port=port), SimpleNamespace(port=port + 1), output
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert all(is_free(each) for each in range(port, port + 3)), "something was left running"


def test_the_configurations_on_the_page_name_the_address_of_this_panel(running):
    panel, _console, output = running
    password = re.search(r"demo-owner +(\S{23})", output.read_text())[1]
    owner = Browser(panel)
    assert owner.start_login("demo-owner", password).location == "/"
    guard = re.search(r"/management/applications/\d+/", owner.get("/management/applications/").text)[0] + "guard/"
    assert f"server 127.0.0.1:{panel.port} max_fails=1" in owner.get(f"{guard}nginx/").text
    assert f"reverse_proxy 127.0.0.1:{panel.port} {{  # yours: the panel" in owner.get(f"{guard}caddy/").text


def path_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def test_whoever_asks_for_a_page_logs_in_sets_up_2fa_and_lands_there(running):
    panel, console, output = running
    printed, host = output.read_text(), f"console.localhost:{console.port}"
    assert f"Guarded console: http://{host}/" in printed
    assert "Stop everything: Ctrl+C." in printed
    password = re.search(r"demo-off +(\S{23})", printed)[1]
    there, inside = Browser(console, host=host), Browser(panel)

    first = there.get(WANTED)
    assert first.location.startswith(f"http://{host}/.cloudpanel/start?next=")
    opening = path_of(there.get(path_of(first.location)).location)
    login = inside.get(opening).location
    assert login.startswith("/login/?next=")
    assert inside.submit(login, username="demo-off", password=password, next=opening).location == opening
    assert inside.get(opening).location == SETUP
    key = base64.b32decode(KEY.search(inside.get(SETUP).text)[1])
    assert inside.post(SETUP, code=code_of(key)).location == ACTIVATED
    assert inside.submit(ACTIVATED).location == opening
    entered = there.get(path_of(inside.get(opening).location))
    assert entered.location == f"http://{host}{WANTED}"
    page = there.get(WANTED)
    assert page.status == 200
    assert "Hello, Nora Neumann" in page.text
    assert "You asked for /reports?from=now-6h&amp;to=now" in page.text

    inside.submit("/logout/")
    assert there.get(WANTED).location == first.location
