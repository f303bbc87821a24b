"""The version of the panel, from pyproject.toml, which is its only place."""

import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def read() -> str:
    """Such as "2.0", or "2.0.dev0" before 2.0 is released. Reads the file: ask `settings.VERSION` instead."""
    version: str = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["version"]
    return version
