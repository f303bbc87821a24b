"""The documents name files and tests as proof: each of them exists, and nothing that must be proved is left out."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DOCUMENTS = [*sorted(DOCS.glob("*.md")), *sorted(ROOT.glob("*.md"))]
PLACES = "accounts|twofactor|cloudpanel|tests|docs|templates|static|\\.ci"
NAMED = re.compile(rf"`((?:{PLACES})/[\w./-]*|[\w-]+\.(?:py|lock|toml))(?:::((?:\w+::)?\w+))?`")
MADE_BY_THE_OPERATOR = {"docs/deploy/secrets/"}
LINKED = re.compile(r"\]\((?!https?:)([^)#]+)")
CASES = (1, 2, 4, 5, 6, 7, 10, 11, 13, 14, 16, 17, 20, 21, 22, 23, 25, 27, 28, 30, 31, 32, 33, 35, 37, 38, 39, 40, 41)
CASES += (42, 43, 44, 45, 48, 49, 51, 53, 54, 55, 56, 57, 58)
FAULTS = {"S": 24, "F": 42, "O": 16}
MISSING = [
    "licence",
    "changelog",
    "version",
    "`doctor`",
    "backup and restore",
    "one log format",
    "request id",
    "access log",
    "`SECRET_KEY_FALLBACKS`",
    "Prometheus rules",
    "Grafana dashboard",
    "gauge of readiness",
    "gauges of mail",
    "fail2ban filter",
    "`/.well-known/change-password`",
    "`security.txt`",
    "`Retry-After` on 503",
    "old static files",
    "errors by mail",
    "errors to Sentry",
]
"""What O16 lists: each is proved by a test of its own."""

# OWASP ASVS 5.0: how many requirements of levels 1 and 2 each section has, numbered from 1.
ASVS = {"6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4}
ASVS |= {"7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 2, "7.6": 2}
ASVS |= {"8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1}
ASVS |= {"9.1": 3, "9.2": 4}
ASVS |= {"10.1": 2, "10.2": 2, "10.3": 4, "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3}
ASVS |= {"14.1": 2, "14.2": 4, "14.3": 3}
ASVS |= {"16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3}


@cache
def functions_of(file: Path) -> frozenset[str]:
    """Their names, those of methods as pytest takes them: `Class::method`."""
    nodes = list(ast.walk(ast.parse(file.read_text())))
    named = {node: node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            named |= {part: f"{node.name}::{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
    return frozenset(named.values())


def rows(document: str) -> list[list[str]]:
    lines = (DOCS / document).read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_names_exists(document):
    for name, test in NAMED.findall(document.read_text()):
        file = ROOT / name
        assert file.exists() or name in MADE_BY_THE_OPERATOR, name
        assert not test or test in functions_of(file), f"{name}::{test}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document):
    for link in LINKED.findall(document.read_text()):
        assert (document.parent / link).exists(), link


def test_every_case_has_a_row_with_a_test():
    table = {row[0]: row for row in rows("cases.md") if re.fullmatch(r"C\d\d", row[0])}
    assert list(table) == [f"C{number:02}" for number in CASES]
    assert all("::test_" in row[3] for row in table.values())


def test_every_test_that_carries_a_case_is_named_in_its_row():
    table = {row[0]: row[3] for row in rows("cases.md") if row[0].startswith("C")}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for test in functions_of(file):
            if found := re.match(r"(?:\w+::)?test_(c\d\d)_", test):
                assert f"`{file.relative_to(ROOT)}::{test}`" in table[found[1].upper()], test


def faults_of(test: str) -> list[str]:
    """The numbers of faults in a test's name; it may carry several."""
    found = re.match(r"(?:\w+::)?test_((?:[sfo]\d\d_)+)", test)
    return found[1].upper().strip("_").split("_") if found else []


def test_every_fault_tried_on_the_product_has_a_row_with_a_test_or_a_reason():
    table = {row[0]: row for row in rows("cases.md") if re.fullmatch(r"[SFO]\d\d", row[0])}
    assert list(table) == [f"{kind}{number:02}" for kind, last in FAULTS.items() for number in range(1, last + 1)]
    for number, (_number, fault, proof) in table.items():
        assert fault
        tests = re.findall(r"::(\w+)`", proof)
        assert tests or proof.startswith("no test: "), number
        assert all(number in faults_of(test) for test in tests), number


def test_what_was_missing_is_proved_item_by_item():
    [proof] = [row[2] for row in rows("cases.md") if row[0] == "O16"]
    items = dict(item.split(": ", 1) for item in proof.split("; "))
    assert list(items) == MISSING
    assert all("::test_o16_" in tests for tests in items.values())


def test_every_test_that_carries_a_fault_has_a_row():
    table = {row[0] for row in rows("cases.md")}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for test in functions_of(file):
            assert set(faults_of(test)) <= table, test


def answered() -> dict[str, list[str]]:
    """The rows about ASVS, by each number that they answer."""
    numbered = [row for row in rows("security.md") if re.match(r"\d+\.\d+\.\d+", row[0]) and "/" not in row[0]]
    return {number: row for row in numbered for number in re.findall(r"\d+\.\d+\.\d+", row[0])}


def test_every_requirement_of_levels_1_and_2_is_answered():
    wanted = {f"{section}.{number}" for section, count in ASVS.items() for number in range(1, count + 1)}
    assert not wanted - set(answered())


def test_each_answer_is_a_test_or_a_reason():
    standards = [row for row in rows("security.md") if re.match(r"\d+\.\d+\.\d", row[0])]
    assert len(standards) > 80
    for row in standards:
        asked, met, proof = row[1], row[2], row[3]
        assert asked
        assert "::test_" in proof or re.match(r"not applicable|\*\*Deviation|not met", met), row[0]


def test_silenced_rules_are_the_ones_listed():
    found = set()
    for folder in ("accounts", "twofactor", "cloudpanel", ".ci"):
        for file in (ROOT / folder).rglob("*.py"):
            for rule in re.findall(r"# noqa: (S\d+)", file.read_text()):
                found.add((f"`{file.relative_to(ROOT)}`", rule))
    assert {(row[0], row[1]) for row in rows("security.md") if re.fullmatch(r"S\d+", row[1])} == found
