"""Migrations of a later version beside the running panel: nobody gets an error, and the migrations get their turn."""

import subprocess
import sys

import pytest

from tests.servers.browser import Browser
from tests.servers.machine import ROOT, environment
from tests.servers.traffic import HasAnUndecidedOwner, Lane, LogsIn, LosesPhones, traffic

PEOPLE = "paul:pending petra:pending ada:active arno:active otto:off oskar:off nina:off nora:off"
SERVERS = 1


class Reads(Lane):
    """Somebody who clicks through the panel."""

    def round(self) -> None:
        for page in ("/", "/management/users/", self.page, "/management/roles/", "/management/logs/"):
            assert self.owner.get(page).status == 200, page
            self.answered += 1


@pytest.fixture
def lanes(servers, database) -> list[Lane]:
    people = {"paul": LosesPhones, "petra": HasAnUndecidedOwner, "ada": LosesPhones, "arno": HasAnUndecidedOwner}
    people |= {"otto": LogsIn, "oskar": LogsIn, "nina": Reads, "nora": Reads}
    return [lane(servers[0], database, name) for name, lane in people.items()]


def test_o04_a_later_version_migrates_beside_the_running_panel(servers, database, lanes):
    settings = {"DJANGO_SETTINGS_MODULE": "tests.servers.later.settings"}
    with traffic(lanes) as more:
        more(20)
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--noinput"],
            cwd=ROOT,
            env=environment(database.url) | settings,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        more(20)
    assert done.returncode == 0, done.stderr
    assert database.one("SELECT count(*) FROM django_migrations WHERE app = 'later'") == 4
    assert Browser(servers[0]).log_in("otto").is_in()
