"""A real gunicorn: what it does when it is started twice, reloaded with code that cannot start, or sent SIGUSR2."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cloudpanel.test_operation import ROOT, Server, wait_for

CODE = ("accounts", "cloudpanel", "twofactor", "templates", "static", "manage.py", "pyproject.toml")


class Copy(Server):
    """A server of a copy of the code, which a test may break."""

    root: Path

    def start(self) -> "Copy":
        command = [sys.executable, "-m", "gunicorn", "-c", "python:cloudpanel.operation.gunicorn_conf"]
        self.environment = self.environment | {"PORT": str(self.port)}
        self.output = self.folder / "output"
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                command, cwd=self.root, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
        wait_for(lambda: self.get("/readyz") == (200, b"ready") and self.has_started())
        return self

    def said(self) -> str:
        return self.output.read_text()


@pytest.fixture
def server(tmp_path) -> Iterator[Copy]:
    root = tmp_path / "panel"
    root.mkdir()
    for name in CODE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, root / name)
    own = {"DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}", "DEBUG": "yes", "DRAIN_SECONDS": "0"}
    own |= {"DJANGO_SETTINGS_MODULE": "cloudpanel.settings"}
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PROMETHEUS", "PYTEST", "COV"))} | own
    manage = [sys.executable, "manage.py", "migrate", "--noinput", "-v", "0"]
    subprocess.run(manage, cwd=root, env=environment, check=True, timeout=120)
    made = Copy(environment, tmp_path)
    made.root = root
    try:
        yield made.start()
    finally:
        made.end()


def test_o06_workers_that_cannot_start_do_not_replace_those_that_serve(server):
    before = server.workers()
    for name, fault in (("urls.py", "raise RuntimeError('broken by an upgrade')"), ("settings.py", "nonsense (")):
        file = server.root / "cloudpanel" / name
        whole = file.read_text()
        file.write_text(f"{whole}\n{fault}\n")
        told = server.said().count("Not reloaded")
        server.send(signal.SIGHUP)
        wait_for(lambda told=told: server.said().count("Not reloaded") > told)
        assert (server.workers(), server.get("/readyz")) == (before, (200, b"ready"))
        file.write_text(whole)
    assert "broken by an upgrade" in server.said()
    server.send(signal.SIGHUP)
    wait_for(lambda: len(server.workers()) == 2 and not server.workers() & before)
    assert server.get("/readyz")[0] == 200


def test_o06_a_reload_brings_the_new_code_of_every_module(server):
    """A setting that a new version reads: the modules that the master has imported are read anew too."""
    before = server.workers()
    for name, old, new in (
        ("configuration/settings_file.py", "VARIABLE =", "WORD = 'still alive'\nVARIABLE ="),
        ("operation/health.py", 'return _word("alive", 200)', "return _word(settings_file.WORD, 200)"),
        (
            "operation/health.py",
            "from cloudpanel.operation import ",
            "from cloudpanel.configuration import settings_file\nfrom cloudpanel.operation import ",
        ),
    ):
        file = server.root / "cloudpanel" / name
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new, 1))
    server.send(signal.SIGHUP)
    wait_for(lambda: len(server.workers()) == 2 and not server.workers() & before)
    assert server.get("/healthz") == (200, b"still alive")


def test_o07_a_second_start_on_the_port_ends_with_a_sentence_and_leaves_the_numbers(server):
    for _ in range(5):
        server.get("/login/")
    counted = b'cloudpanel_requests_total{status="200",view="login"} 5.0'
    assert counted in server.get("/metrics")[1]
    command = [sys.executable, "-m", "gunicorn", "-c", "python:cloudpanel.operation.gunicorn_conf"]
    second = subprocess.run(
        command, cwd=server.root, env=server.environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert second.returncode == 1
    assert f"Port {server.port} is in use by another program." in second.stderr
    assert "Traceback" not in second.stderr
    assert counted in server.get("/metrics")[1]


def test_o08_a_second_master_is_refused_with_a_sentence(server):
    before = server.workers()
    server.send(signal.SIGUSR2)
    wait_for(lambda: "SIGUSR2 is not supported." in server.said())
    assert server.workers() == before
    assert server.get("/readyz")[0] == 200
