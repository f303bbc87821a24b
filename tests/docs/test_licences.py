"""The panel's own licence; docs/licences.md names each package that it runs with, and the licence this one states."""

import hashlib
import re
import tomllib
from importlib.metadata import metadata
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOCKED = re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
ROW = re.compile(r"^\| ([a-z0-9-]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
COPYLEFT = re.compile(r"GPL|EUPL|MPL|SSPL|BUSL")
ALLOWED = {"fido2", "psycopg", "psycopg-binary"}


def listed() -> dict[str, str]:
    found = ROW.findall((ROOT / "docs" / "licences.md").read_text())
    return {name: licence for name, licence, _ in found if name != "package"}


def stated(package: str) -> str:
    """What a package says of itself: an expression, a word, or classes of licences where it quotes whole texts."""
    said = metadata(package)
    classes = [line.rpartition(":: ")[2] for line in said.get_all("Classifier", []) if line.startswith("License")]
    named = ", ".join(name.removesuffix(" License") for name in classes)
    word = said["License"] or ""
    return said["License-Expression"] or (word if "\n" not in word else "") or named


def test_every_package_of_the_lock_is_listed():
    assert list(listed()) == LOCKED


def test_each_has_the_licence_that_it_states():
    assert listed() == {package: stated(package) for package in LOCKED}


def test_only_what_is_explained_asks_for_more_than_a_notice():
    assert {package for package, licence in listed().items() if COPYLEFT.search(licence)} == ALLOWED


def test_each_script_of_somebody_else_is_listed_as_it_was_published():
    rows = re.findall(
        r"^\| `(\S+)` \| .* \| `([0-9a-f]{64})` \|$", (ROOT / "docs/licences.md").read_text(), re.MULTILINE
    )
    scripts = sorted(ROOT.glob("static/**/*.min.js"))
    assert rows == [(str(f.relative_to(ROOT)), hashlib.sha256(f.read_bytes()).hexdigest()) for f in scripts]


def test_htmx_has_the_version_that_is_listed():
    version = re.search(r"htmx\.org ([\d.]+)", (ROOT / "docs/licences.md").read_text())
    assert version
    assert f'"{version[1]}"' in (ROOT / "static/js/htmx.min.js").read_text()


def test_o16_the_panel_names_its_own_licence_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (project["license"], project["license-files"]) == ("BSD-3-Clause", ["LICENSE"])
    assert (ROOT / "LICENSE").read_text().startswith("BSD 3-Clause License\n")
    for document in ("README.md", "docs/licences.md"):
        assert "LICENSE)" in (ROOT / document).read_text(), document
