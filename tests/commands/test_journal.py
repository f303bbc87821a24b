"""What an operator does by a command is in the system's log, by whatever way the command was called."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.machine import ROOT, environment, run

AS_A_COMMAND = """
import sys
from pathlib import Path
from cloudpanel.operation import journal
journal.SOCKET = Path(sys.argv[1])
sys.argv = ["manage.py", *sys.argv[2:]]
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv)
"""
CREATE = ("createowner", "alice", "--contract", "Example Ltd", "--noinput")


@pytest.fixture
def database_url(tmp_path) -> str:
    url = f"sqlite:///{tmp_path / 'panel.sqlite3'}"
    run(url, "manage.py", "migrate", "--noinput", "-v", "0")
    return url


@pytest.fixture
def system_log(tmp_path) -> Iterator[socket.socket]:
    """Where syslog or journald would listen."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "log"))
        listening.settimeout(0.2)
        yield listening


def received(system_log: socket.socket) -> list[str]:
    found = []
    try:
        while True:
            found.append(system_log.recv(65536).decode())
    except TimeoutError:
        return found


def create(database_url: str, log: str, **changed: str) -> str:
    """What it prints."""
    own = {"CLOUDPANEL_PASSWORD": "a long password of alice", **changed}
    done = subprocess.run(
        [sys.executable, "-c", AS_A_COMMAND, log, *CREATE],
        cwd=ROOT,
        env=environment(database_url) | own,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_o12_rows_of_a_command_are_sent_to_the_system_log(database_url, system_log):
    printed = create(database_url, system_log.getsockname())
    lines = received(system_log)
    rows = [json.loads(line.partition("cloudpanel: ")[2].rstrip("\x00")) for line in lines]
    assert {row["event"] for row in rows} >= {"owner_created", "contract_created"}
    assert all(row["event"] in printed for row in rows), "and printed as before"
    assert "a long password of alice" not in "".join(lines)


@pytest.mark.parametrize("log", ["nowhere", "nobody-listens"])
def test_o12_without_a_system_log_the_command_works(database_url, tmp_path, log):
    if log == "nobody-listens":
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as left:
            left.bind(str(tmp_path / log))
    assert "owner_created" in create(database_url, str(tmp_path / log))


def test_o12_what_systemd_reads_already_is_not_sent_twice(database_url, system_log, tmp_path):
    stream = tmp_path / "stream"
    with stream.open("w") as output:
        found = os.fstat(output.fileno())
        subprocess.run(
            [sys.executable, "-c", AS_A_COMMAND, system_log.getsockname(), *CREATE],
            cwd=ROOT,
            env=environment(database_url)
            | {"CLOUDPANEL_PASSWORD": "a long password of alice", "JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"},
            stdout=output,
            timeout=60,
            check=True,
        )
    assert "owner_created" in Path(stream).read_text()
    assert received(system_log) == []
