"""PostgreSQL goes away under a running server and comes back: a page that says so, nothing half done, no restart."""

import pytest

from tests.servers.browser import Browser
from tests.servers.database import POSTGRESQL
from tests.servers.machine import wait_for

pytestmark = pytest.mark.skipif(not POSTGRESQL, reason="TEST_DATABASE_URL names no PostgreSQL that could go away")

PEOPLE = "otto:off nina:off"
SERVERS = 1


@pytest.fixture
def server(servers):
    return servers[0]


def test_pages_say_that_it_is_away_and_work_again_by_themselves(server, database):
    inside, outside = Browser(server).log_in("otto"), Browser(server)
    outside.get("/login/")
    workers = server.workers()
    database.go_away()
    try:
        for answer in [
            *(inside.get(path) for path in ["/", "/profile/", "/management/users/"] * 3),
            inside.post("/profile/name/", name="Changed"),
            outside.post("/login/", username="nina", password="x" * 20),
        ]:
            assert answer.status == 503
            assert "<h1" in answer.text
            assert "Traceback" not in answer.text
            assert answer.headers["Cache-Control"] == "no-store"
        assert server.status("/readyz") == 503
        assert server.status("/healthz") == 200, "the process is not to be restarted for that"
    finally:
        database.come_back()

    wait_for(lambda: server.status("/readyz") == 200, seconds=10)
    assert [inside.get(path).status for path in ["/", "/profile/"] * 8] == [200] * 16
    assert outside.log_in("nina").is_in()
    assert database.one("SELECT name FROM accounts_user WHERE username = 'otto'") == "Otto"
    assert not database.rows("SELECT 1 FROM accounts_attempts WHERE failures > 0")
    assert server.workers() == workers
