"""A server whose clock runs a day ahead and is corrected: real processes, the real libfaketime, one database."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.machine import ROOT, environment

LIBRARIES = sorted(Path("/usr/lib").glob("**/faketime/libfaketimeMT.so.1"))
PEOPLE = "lena:active"

pytestmark = pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not installed")


def script(url: str, *arguments: str, ahead: str = "") -> tuple[list, str, str]:
    fake = {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": ahead} if ahead else {}
    done = subprocess.run(
        [sys.executable, "-m", "tests.servers.visit", *arguments],
        cwd=ROOT,
        env=environment(url) | {"PATH": os.environ["PATH"]} | fake,
        timeout=120,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    answers, session = json.loads(done.stdout.splitlines()[-1])
    return answers, session, done.stdout + done.stderr


def test_f11_a_clock_that_was_a_day_ahead_keeps_nobody_out(database, keys):
    answers, session, _ = script(database.url, keys["lena"], "ahead", ahead="+1d")
    assert answers == [*[200] * 5, 429, *[200] * 5, 429]
    answers, _, printed = script(database.url, keys["lena"], "now", session)
    assert answers == [200, False, 302, True]
    assert "ahead of this machine's clock" in printed
    assert database.one("SELECT failures FROM accounts_attempts WHERE kind = 'wrong_codes'") == 0
