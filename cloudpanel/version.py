"""The version of the panel, from pyproject.toml."""

import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


def read() -> str:
    """Reads the version, such as "2.0", or "2.0.dev0" before its release. Elsewhere, use `settings.VERSION`."""
    version: str = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["version"]
    return version
