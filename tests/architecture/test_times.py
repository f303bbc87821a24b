"""A page shows a moment as a `<time>` that a script turns into the reader's own zone, never as a text of its own."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRINTED = re.compile(r"\|(?:date|time|localtime|timezone|timesince|timeuntil|naturaltime)\b|<time\b|\{% now\b")
"""Filters and tags that make text of a moment, but for `time_element`."""
NO_MOMENTS = {
    "cloudpanel/logins.html": "days of a chart, and days in addresses",
    "components/server_time.html": "the clock of the server, which is compared with a phone's",
    "accounts/logs/detail.html": "the exact moment that the log holds, in UTC",
}
FORMATTED = re.compile(r"\b(?:date_format|time_format|strftime)\(")
IN_CODE = {
    "accounts/moments.py": "the one place, and texts of mails and messages",
    "accounts/notices/texts.py": "mails",
    "accounts/users/required_from.py": "the value of a field for a date and an hour",
    "cloudpanel/overview/charts.py": "days of a chart",
    "cloudpanel/operation/backup.py": "names of files",
}


def test_no_template_of_a_page_prints_a_moment_by_hand():
    pages = {str(file.relative_to(ROOT / "templates")): file.read_text() for file in templates()}
    assert {name for name, text in pages.items() if PRINTED.search(text)} == set(NO_MOMENTS)


def test_no_code_makes_a_text_of_a_moment_for_a_page():
    files = [file for app in ("accounts", "twofactor", "cloudpanel") for file in (ROOT / app).rglob("*.py")]
    found = {str(file.relative_to(ROOT)) for file in files if FORMATTED.search(file.read_text())}
    assert found == set(IN_CODE)


def templates() -> list[Path]:
    """Of pages: mails and files that are downloaded have no script that could turn a time into another zone."""
    return [file for file in (ROOT / "templates").rglob("*.html") if file.parent.name != "mail"]
