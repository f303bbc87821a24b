"""`make audit`: a known fault fails, and nobody to ask is said as what it is."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
audit = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(audit)

GOOD = {"name": "good", "version": "1.0", "vulns": []}
BAD = {"name": "bad", "version": "2.0", "vulns": [{"id": "CVE-2026-1"}]}
UNKNOWN = {"name": "unknown", "version": "3.0", "skip_reason": "not there"}


@pytest.mark.parametrize(
    ("packages", "status", "said"),
    [
        ([], 0, "Skipped"),
        ([UNKNOWN], 0, "Skipped"),
        ([GOOD], 0, "1 packages checked, 0 faults known."),
        ([GOOD, UNKNOWN], 0, "Not known to the service: unknown"),
        ([GOOD, BAD], 1, "bad 2.0: CVE-2026-1"),
    ],
)
def test_only_a_known_fault_fails(packages, status, said):
    answer = audit.verdict(packages)
    assert answer[0] == status
    assert said in answer[1]


def test_both_locks_are_asked_about_and_pinned_by_hashes():
    for lock in audit.LOCKS:
        text = (ROOT / lock).read_text()
        pinned = re.findall(r"^[a-z0-9-]+==\S+ \\\n    --hash=sha256:", text, re.MULTILINE)
        assert len(pinned) == len(re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE)) > 15
    assert ".ci/audit.py" in (ROOT / "Makefile").read_text()
