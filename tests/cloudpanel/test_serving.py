"""What the server takes of its settings, and the sentence with which it ends."""

import subprocess
import sys

import pytest

from cloudpanel.operation import serving
from tests.servers.machine import ROOT, environment
from tests.sinks import free_port


@pytest.mark.parametrize(
    ("text", "seconds"), [(None, 3), ("", 3), ("0", 0), ("7.5", 7.5), ("soon", 3), ("-1", 3), ("nan", 3), ("inf", 3)]
)
def test_a_time_to_drain_that_cannot_be_used_is_the_usual_one(text, seconds):
    assert serving.drain_seconds(text) == seconds


def test_a_time_to_drain_that_cannot_be_used_starts_no_server(tmp_path):
    own = {"DRAIN_SECONDS": "soon", "PORT": str(free_port()), "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:cloudpanel.operation.gunicorn_conf"]
    env = environment(f"sqlite:///{tmp_path / 'db.sqlite3'}") | own
    ran = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode != 0
    assert "DRAIN_SECONDS must be a number" in ran.stderr
