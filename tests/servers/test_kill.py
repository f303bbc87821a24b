"""SIGKILL in the middle of parallel writes, of one worker and of the whole server: every change is whole or absent,
what was answered has happened, and the panel goes on. And a wait goes on through a restart.
"""

import pytest

from tests.servers.browser import Browser
from tests.servers.database import POSTGRESQL, Database
from tests.servers.machine import wait_for
from tests.servers.traffic import HasAnUndecidedOwner, Lane, LogsIn, LosesPhones, traffic

PEOPLE = "paul:pending petra:pending ada:active arno:active otto:off oskar:off wanda:off"
SERVERS = 1
WRONG = "not-the-password-of-anybody"

STATE = """
    SELECT two_factor_required, two_factor_active_since IS NOT NULL, stamp, resets, last_login IS NOT NULL,
        (SELECT count(*) FROM twofactor_authenticator WHERE user_id = people.id),
        (SELECT count(*) FROM twofactor_recoverycode WHERE user_id = people.id),
        (SELECT count(*) FROM accounts_session WHERE user_id = people.id)
    FROM accounts_user people WHERE username = %s
"""
CLEARED = "two_factor_reset"
TOGGLED = "two_factor_required"
ACTIVATED = "two_factor_activated"


@pytest.fixture
def server(servers):
    return servers[0]


@pytest.fixture
def lanes(server, database) -> list[Lane]:
    kinds = {"paul": LosesPhones, "ada": LosesPhones, "petra": HasAnUndecidedOwner, "arno": HasAnUndecidedOwner}
    kinds |= {"otto": LogsIn, "oskar": LogsIn}
    return [kind(server, database, username) for username, kind in kinds.items()]


def check(database: Database, lanes: list[Lane]) -> None:
    for lane in lanes:
        found = database.rows(STATE, lane.username)[0]
        required, active, stamp, resets, last_login, authenticators, codes, sessions = found
        assert (authenticators, codes) == ((1, 10) if active else (0, 0)), lane.username
        check_log(database.log(lane.username), bool(required), bool(active), stamp, resets)
        logins = database.events(lane.username, "sign_in")
        assert bool(last_login) is bool(logins), lane.username
        if isinstance(lane, LogsIn):
            assert sessions == logins, lane.username
        assert lane.known in (None, (bool(required), bool(active))), f"{lane.username}: it was answered, and is lost"


def check_log(log: list[tuple[str, str, dict]], required: bool, active: bool, stamp: int, resets: int) -> None:
    """A row for each change that is there, and none for one that is not."""
    toggles = [detail["new"] for event, _, detail in log if event == TOGGLED]
    ends = [event for event, _, detail in log if event == CLEARED or (event == TOGGLED and detail["new"] == "no")]
    starts = [event for event, _, _ in log if event == ACTIVATED]
    assert len(starts) + len(ends) == stamp
    assert ends.count(CLEARED) == resets
    assert not toggles or (toggles[-1] == "yes") is required
    states = [event for event, _, detail in log if event in (CLEARED, ACTIVATED) or detail.get("new") == "no"]
    assert (states[-1:] == [ACTIVATED]) is active


def check_file(database: Database) -> None:
    if not POSTGRESQL:
        assert database.one("PRAGMA journal_mode") == "wal"
        assert database.one("PRAGMA integrity_check") == "ok"


def at_rest(database: Database) -> None:
    """PostgreSQL takes a moment to see that nobody is there any more, and to undo what was begun."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    wait_for(lambda: not POSTGRESQL or database.one(others) == 0)


def test_a_wait_survives_a_restart(server, database):
    statuses = [Browser(server).start_login("wanda", WRONG).status for _ in range(5)]
    assert statuses == [200] * 5
    until = database.rows("SELECT blocked_until FROM accounts_attempts WHERE blocked_until IS NOT NULL")

    server.restart()

    answer = Browser(server).start_login("wanda")
    assert answer.status == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 30
    assert database.rows("SELECT blocked_until FROM accounts_attempts WHERE blocked_until IS NOT NULL") == until


def test_a_worker_that_is_killed_takes_no_change_in_halves_with_it(server, database, lanes):
    with traffic(lanes) as more:
        for _ in range(4):
            more(12)
            server.kill_a_worker()
        more(12)
    check(database, lanes)
    check_file(database)


def test_a_server_that_is_killed_leaves_every_change_whole_or_absent(server, database, lanes):
    with traffic(lanes) as more:
        more(24)
        server.kill()
    at_rest(database)
    check(database, lanes)
    check_file(database)

    server.start().ready()
    with traffic(lanes) as more:
        more(24)
    check(database, lanes)
