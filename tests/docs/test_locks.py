"""The locks can be installed on the oldest Python that the panel supports, and only that one compiles them."""

import importlib.util
import platform
import re
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", ".ci/requirements-dev.lock")
SCRIPT = ROOT / ".ci" / "oldest_python.py"
SPEC = importlib.util.spec_from_file_location("oldest_python", SCRIPT)
oldest_python = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(oldest_python)


def pinned(lock: str) -> list[str]:
    return re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(), re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_o01_every_package_of_the_locks_runs_on_the_oldest_python(lock):
    asked = {package: SpecifierSet(metadata(package)["Requires-Python"] or "") for package in pinned(lock)}
    assert [package for package, python in asked.items() if not python.contains(oldest_python.oldest())] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_o01_the_locks_name_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text()
    assert text.count("--hash=sha256:") > 100
    assert "://" not in text


def test_o01_the_oldest_python_is_the_same_everywhere():
    version = oldest_python.oldest()
    assert re.fullmatch(r"3\.\d+\.\d+", version)
    assert f"Python {version} or newer" in (ROOT / "README.md").read_text()
    assert f"Python {version} or newer" in (ROOT / "docs" / "operation.md").read_text()
    assert f"sys.version_info < ({version.replace('.', ', ')})" in (ROOT / "Makefile").read_text()


def test_o01_a_newer_python_does_not_compile_the_locks():
    assert oldest_python.refusal(oldest_python.oldest()) is None
    assert "this is 3.99.1" in oldest_python.refusal("3.99.1")
    ran = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, check=False)
    assert (ran.returncode == 0) == (platform.python_version() == oldest_python.oldest())
