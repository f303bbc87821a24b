"""What git tracks tells no secret and nothing of the machine it was written on."""

import base64
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

ROOT = Path(__file__).parents[2]
SECRET_NAMES = re.compile(
    r"(^|/)(\.env(\..+)?|\.netrc|\.pypirc|id_(rsa|ed25519|ecdsa)|secret_key|twofactor_keys)$"
    r"|\.(pem|key|p12|pfx|jks|kdbx|sqlite3?|sqlite3-wal|dump)$|^var/"
)
SECRET_TEXTS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bxox[abprs]-[0-9A-Za-z-]{10}"
)
FERNET_KEY = re.compile(r"(?<![A-Za-z0-9_/+=-])[A-Za-z0-9_-]{43}=(?![A-Za-z0-9=])")
MACHINE = re.compile(r"(?<![\w.-])/(work|root|home/\w+|Users/\w+|opt/(pypi|wheels)\S*)/|file:///(?!path|folder|tmp)")
MIRROR = re.compile(r"--(extra-)?index-url\b|--trusted-host\b|--find-links\b|\b(PIP|UV)_(INDEX|EXTRA_INDEX)_URL\b")
OWN = "tests/docs/test_tracked_files.py"


def tracked() -> list[str]:
    """What git tracks, or, where this is no clone, everything it would."""
    if not shutil.which("git") or not (ROOT / ".git").exists():
        pytest.skip("this is no clone")
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def texts() -> dict[str, str]:
    found = {}
    for name in tracked():
        file = ROOT / name
        if name != OWN and file.is_file():
            content = file.read_bytes()
            if b"\0" not in content:
                found[name] = content.decode()
    return found


def is_random(key: str) -> bool:
    """Keys made for tests say so in words; 32 random bytes are never all words."""
    return not re.fullmatch(rb"[a-z0-9 !-]{32}", base64.urlsafe_b64decode(key))


def test_a_random_key_would_be_found():
    assert is_random(Fernet.generate_key().decode())


def test_no_link_is_tracked():
    """It would lead to a place that another machine doesn't have."""
    assert [name for name in tracked() if (ROOT / name).is_symlink()] == []


def test_no_secret_is_tracked():
    assert [name for name in tracked() if SECRET_NAMES.search(name)] == []
    for name, text in texts().items():
        assert not SECRET_TEXTS.search(text), name
        assert not [key for key in FERNET_KEY.findall(text) if is_random(key)], name


def test_nothing_tells_of_a_machine():
    for name, text in texts().items():
        for pattern in (MACHINE, MIRROR):
            found = pattern.search(text)
            assert not found, f"{name}: {found and found[0]}"


def test_no_two_names_differ_only_in_case():
    """Neither macOS nor Windows can check both out."""
    names = [name.lower() for name in tracked()]
    assert sorted({name for name in names if names.count(name) > 1}) == []
