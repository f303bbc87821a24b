"""Refuses to lock dependencies with another Python than the oldest one that pyproject.toml allows.

pip-compile picks the newest versions that run on its own Python. Compiled on a newer Python, a lock may name versions
that cannot be installed on the oldest one.
"""

import platform
import sys
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def oldest() -> str:
    """The version in `requires-python`, such as "3.11.2"."""
    requires: str = tomllib.loads(PYPROJECT.read_text())["project"]["requires-python"]
    return requires.removeprefix(">=")


def refusal(version: str) -> str | None:
    """Why this version must not compile the locks; None where it may."""
    if version == oldest():
        return None
    return (
        f"The locks are compiled with Python {oldest()}, the oldest that pyproject.toml allows; this is {version}.\n"
        "Debian 12 has it: make lock PYTHON=/usr/bin/python3 VENV=/tmp/cloudpanel-lock"
    )


if __name__ == "__main__":
    sys.exit(refusal(platform.python_version()))
