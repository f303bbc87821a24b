"""Asks whether a fault is known in what the two locks name. Says clearly when nobody could be asked.

Only a known fault fails; a machine without a way to the service that knows them skips with a sentence.
"""

import json
import subprocess
import sys
from typing import Any

LOCKS = ("requirements.lock", ".ci/requirements-dev.lock")
COMMAND = (sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--timeout", "10")
SKIPPED = "Skipped: the service that knows of faults could not be reached, so nothing was checked."


def ask() -> list[dict[str, Any]]:
    """What is known of each package; nothing where nobody answered."""
    locks = [part for lock in LOCKS for part in ("--requirement", lock)]
    command = [*COMMAND, "--disable-pip", "--require-hashes", *locks]
    # Fixed words. Its status says only that something was found, which is read from its answer instead.
    answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  no word from outside
    try:
        found: list[dict[str, Any]] = json.loads(answer.stdout)["dependencies"]
    except (ValueError, KeyError):
        sys.stderr.write(answer.stderr)
        return []
    return found


def verdict(packages: list[dict[str, Any]]) -> tuple[int, str]:
    """The status to end with, and what to say."""
    known = [package for package in packages if "skip_reason" not in package]
    if not known:
        return 0, SKIPPED
    faults = [f"{p['name']} {p['version']}: {fault['id']}" for p in known for fault in p["vulns"]]
    unknown = sorted({package["name"] for package in packages} - {package["name"] for package in known})
    lines = [f"{len(known)} packages checked, {len(faults)} faults known.", *faults]
    if unknown:
        lines.append(f"Not known to the service: {', '.join(unknown)}")
    return int(bool(faults)), "\n".join(lines)


if __name__ == "__main__":
    status, sentence = verdict(ask())
    sys.stdout.write(f"{sentence}\n")
    sys.exit(status)
