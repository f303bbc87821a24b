"""docs/changelog.md: its newest version is that of pyproject.toml, and each version says what an operator must do."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
VERSIONS = re.split(r"^## ", (ROOT / "docs/changelog.md").read_text(), flags=re.MULTILINE)[1:]


def test_o16_the_newest_heading_is_the_version_of_pyproject():
    """2.0.dev0 is "Unreleased (2.0)"; 2.0 is "2.0 (date)"."""
    release, _, unreleased = VERSION.partition(".dev")
    expected = rf"Unreleased \({re.escape(release)}\)" if unreleased else rf"{re.escape(release)} \(\d{{4}}-\d\d-\d\d\)"
    assert re.fullmatch(expected, VERSIONS[0].splitlines()[0])


def test_only_the_newest_is_unreleased_and_each_has_its_date():
    for version in VERSIONS[1:]:
        assert re.fullmatch(r"\d+\.\d+(\.\d+)? \(\d{4}-\d\d-\d\d\)", version.splitlines()[0])


def test_o16_each_version_says_first_what_an_operator_must_do():
    for version in VERSIONS:
        assert re.findall(r"^### (.*)", version, re.MULTILINE)[0] == "What an operator must do"
