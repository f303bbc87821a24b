"""The systemd units: they are read without a complaint, and each timer has its service."""

import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "docs/deploy"
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])
# What no machine but an installed one has.
ELSEWHERE = {"/opt/cloudpanel/.venv/bin/python": "/bin/true", "/usr/local/bin/panel": "/bin/true"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_o15_systemd_reads_every_unit_without_a_complaint(tmp_path):
    for unit in UNITS:
        text = unit.read_text()
        for path, here in ELSEWHERE.items():
            text = text.replace(path, here)
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", *(str(tmp_path / unit.name) for unit in UNITS)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    about = [line for line in done.stderr.splitlines() if "cloudpanel" in line]
    assert (done.returncode, about) == (0, []), done.stderr


def test_o15_each_timer_has_its_service_and_is_enabled_in_the_installation():
    operation = (DEPLOY.parent / "operation.md").read_text()
    for timer in DEPLOY.glob("*.timer"):
        command = timer.stem.removeprefix("cloudpanel-")
        assert f"manage.py {command}\n" in timer.with_suffix(".service").read_text()
        assert timer.name in operation


def test_o12_the_units_and_the_commands_share_one_name_in_the_journal():
    for service in DEPLOY.glob("*.service"):
        assert "\nSyslogIdentifier=cloudpanel\n" in service.read_text()
