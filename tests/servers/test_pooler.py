"""Behind a PgBouncer in transaction mode, where a statement prepared on one connection is asked for on another."""

import json

import pytest

from cloudpanel.configuration.addresses import parse_database
from tests.servers import database as databases
from tests.servers.machine import run
from tests.servers.pooler import PROGRAM, pooler

URL = "postgres://postgres@127.0.0.1/panel"


@pytest.mark.parametrize(("text", "threshold"), [("none", None), ("None", None), ("0", 0), ("7", 7)])
def test_f06_the_address_says_when_statements_are_prepared(text, threshold):
    found = parse_database(f"{URL}?prepare_threshold={text}")
    assert found["OPTIONS"]["prepare_threshold"] == threshold
    assert found.get("DISABLE_SERVER_SIDE_CURSORS", False) is (threshold is None)


@pytest.mark.parametrize("text", ["-1", "abc", "1.5", "true"])
def test_f06_another_threshold_is_refused(text):
    with pytest.raises(ValueError, match="prepare_threshold"):
        parse_database(f"{URL}?prepare_threshold={text}")


@pytest.mark.skipif(not (databases.POSTGRESQL and PROGRAM), reason="needs PostgreSQL and pgbouncer")
def test_f06_pages_come_through_a_pooler(tmp_path):
    database = databases.OnPostgres()
    try:
        with pooler(database.url, tmp_path) as url:
            behind = f"{url}?prepare_threshold=none"
            run(behind, "manage.py", "migrate", "--noinput", "-v", "0")
            printed = run(behind, "-m", "tests.servers.through_pooler")
            assert json.loads(printed.splitlines()[-1]) == {"200": 288}
            assert "removed" in run(behind, "manage.py", "housekeeping").lower()
            run(behind, "manage.py", "retention")
    finally:
        database.drop()
