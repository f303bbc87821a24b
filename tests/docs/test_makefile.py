"""What `make help` lists, and the environment that the Makefile makes."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path) -> Path:
    """The Makefile with locks that name nothing, so that nothing is downloaded."""
    folder = tmp_path / "checkout"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "requirements.lock").touch()
    (folder / ".ci" / "requirements-dev.lock").touch()
    return folder


def make(checkout: Path, *targets: str) -> str:
    """The suite itself may run below a `make` that was given another VENV or PYTHON; this one starts without them."""
    command = ["make", "--no-print-directory", "-C", str(checkout), f"PYTHON={sys.executable}", *targets]
    outer = {"MAKEFLAGS", "MAKEOVERRIDES", "MFLAGS", "VENV"}
    env = {name: value for name, value in os.environ.items() if name not in outer}
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120, env=env).stdout


def test_f12_an_environment_whose_python_is_gone_is_made_anew(checkout):
    assert "requirements.lock" in make(checkout, "setup")
    assert "Nothing to be done" in make(checkout, "setup")
    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nonexistent/python3")
    assert "requirements.lock" in make(checkout, "setup")
    subprocess.run([python, "-c", "import pip"], check=True)
    assert "Nothing to be done" in make(checkout, "setup")


def test_f12_an_environment_whose_packages_its_python_no_longer_finds_is_made_anew(checkout):
    make(checkout, "setup-dev")
    for packages in (checkout / ".venv" / "lib").iterdir():
        packages.rename(packages.with_name("python3.1"))  # as after an upgrade of the system's Python
    said = make(checkout, "setup-dev")
    assert "requirements.lock" in said
    assert "requirements-dev.lock" in said
    subprocess.run([checkout / ".venv" / "bin" / "python", "-c", "import pip"], check=True)


def test_help_lists_every_target_with_what_it_is_for():
    text = (ROOT / "Makefile").read_text()
    declared = " ".join(re.findall(r"^\.PHONY: ([^$\n]+)$", text, re.MULTILINE)).split()
    listed = re.findall(r"^make ([a-z-]+) +\S.*$", make(ROOT, "help"), re.MULTILINE)
    assert len(declared) == len(set(declared)) > 15
    assert sorted(listed) == sorted(declared)


def test_a_first_look_ends_by_saying_how_to_stop_the_panel():
    assert "Ctrl+C" in make(ROOT, "--dry-run", "--assume-old=setup", "run")


def test_before_a_commit_runs_what_ci_runs():
    hooks = (ROOT / ".pre-commit-config.yaml").read_text()
    assert re.findall(r"repo: (.*)", hooks) == ["local"]
    assert re.findall(r"entry: (.*)", hooks) == ["make --silent lint"]
    assert "://" not in hooks
    assert "\nmake lint\n" in (ROOT / ".ci" / "run").read_text()
