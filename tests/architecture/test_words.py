"""One word for one thing: the terms of Django and of the pages, in every file that git tracks."""

import ast
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTEAD = {
    r"[Pp]ark(ed|s|ing)?": "a login is pending (`pending_login`)",
    r"[Dd]ut(y|ies)": "a step of the login (`Stage`)",
    r"[Dd]eeds?": "an action, a change or a case",
    r"[Bb]ook(ed|ings?)": "an attempt is consumed",
    r"[Rr]efill(s|ed)?": "the count is reset",
    r"give_back|gives? back|given back": "an attempt is refunded; memory is returned",
    r"(a|an|another|each|every|first|last|next|one|own|that|this|wrong) (try|tries)": "an attempt",
    r"[Ll]og-ins?|[Ss]ign-ins?": "login (noun), log in (verb)",
    r"(?<=[a-z]_)(?<!last_)sign(ed|s)?_(in|out)|sign_(ins|outs)|sign_(in|out)(?=\()|sign(ed|s) in": "log in, log out",
    r"[Ss]et-ups?": "setup (noun), set up (verb)",
    r"[Ee]-mails?": "email",
    r"The (one )?rules?:|Rule:": "a plain sentence",
    r"count(s|ed)? as stolen": "may be compromised",
    r"test_mutants\w*": "a name that says what is tested",
}
DIALECT = {re.compile(rf"(?<![A-Za-z0-9-])({word})(?![A-Za-z0-9-])"): better for word, better in INSTEAD.items()}
NOT_READ = re.compile(r"migrations/|^static/vendor/|\.(po|mo|lock|svg|png|woff2)$|^tests/architecture/test_words\.py$")
"""Migrations keep the texts of their time; catalogues take theirs from the code."""
STORED = '_KEY = "parked"'
"""The key of pending logins in sessions that are already stored."""

NAMED_BY_DJANGO = {"Command", "Meta", "Migration", "SessionStore"}
"""Django looks for classes under these names."""


def texts() -> dict[str, str]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    names = [name for name in listed.splitlines() if not NOT_READ.search(name) and (ROOT / name).is_file()]
    return {name: (ROOT / name).read_bytes().decode(errors="ignore").replace(STORED, "") for name in names}


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the list of files that git tracks")
def test_no_file_speaks_the_dialect():
    found = [
        f"{name}: “{match[0]}”, better: {better}"
        for name, text in texts().items()
        for word, better in DIALECT.items()
        for match in word.finditer(text)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    [
        "a parked login",
        "its last duty",
        "Log-in",
        "the set-up",
        "an e-mail",
        "flow.sign_in(",
        "is booked",
        "The rule: one",
        "each try",
    ],
)
def test_the_words_are_found(text):
    assert any(word.search(text) for word in DIALECT)


@pytest.mark.parametrize(
    "text", ["E-Mail", "last_sign_in", '"sign_in"', "try again", "logs in", "set up", "a notebook", "indeed"]
)
def test_other_words_are_not(text):
    assert not any(word.search(text) for word in DIALECT)


def test_no_class_name_is_used_by_two_modules():
    modules = defaultdict(set)
    for package in ("accounts", "cloudpanel", "twofactor"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef) and node.name not in NAMED_BY_DJANGO:
                    modules[node.name].add(str(path.relative_to(ROOT)))
    assert {name: sorted(found) for name, found in modules.items() if len(found) > 1} == {}
