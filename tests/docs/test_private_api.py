"""The table of private API in architecture.md: each file that uses a name is in the row of the name, and no other."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "twofactor", "cloudpanel")
OURS_TO_DEFINE = {"process_view"}
"""Public for a middleware to define; private is to call Django's own."""


def rows() -> list[tuple[str, ...]]:
    section = (ROOT / "docs/architecture.md").read_text().split("## Which private API do we use?")[1]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")[:2]) for line in lines[1:]]


def names(cell: str) -> list[str]:
    """What is in backticks, but not what is said in brackets to be public."""
    return re.findall(r"`([\w.]+)`", re.sub(r"\(.*?\)", "", cell))


@cache
def sources() -> dict[str, tuple[str, frozenset[str], frozenset[str]]]:
    """The text of each module, the names that it uses, and those of the functions that it defines."""
    files = [file for app in APPS for file in (ROOT / app).rglob("*.py") if "migrations" not in file.parts]
    return {str(file.relative_to(ROOT)): _read(file.read_text()) for file in files}


def _read(text: str) -> tuple[str, frozenset[str], frozenset[str]]:
    used, defined = set(), set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Attribute(attr=name) | ast.alias(name=name) | ast.keyword(value=ast.Constant(value=str(name))):
                used.add(name)
            case ast.FunctionDef(name=name):
                defined.add(name)
    return text, frozenset(used), frozenset(defined)


def uses(file: str, name: str) -> bool:
    text, used, defined = sources()[file]
    if name.startswith(("_meta.", "connections.")):
        return re.search(rf"\b{re.escape(name)}\b", text) is not None
    last = name.rpartition(".")[2]
    return last in (used if last in OURS_TO_DEFINE else used | defined)


def test_there_is_a_table():
    assert len(rows()) > 15


@pytest.mark.parametrize(("what", "where"), rows())
def test_a_row_names_the_files_that_use_it(what, where):
    assert names(what)
    used_in = {file for file in sources() if any(uses(file, name) for name in names(what))}
    assert used_in == set(re.findall(r"`([\w/.]+\.py)`", where))


@pytest.mark.parametrize("name", [name for what, _ in rows() for name in names(what)])
def test_each_name_is_used(name):
    assert any(uses(file, name) for file in sources())
