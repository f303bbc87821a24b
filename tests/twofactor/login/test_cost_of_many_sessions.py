"""A login finds its rows by their keys, so it costs the same however many sessions its account has."""

import pytest
from django.db import connection
from django.db.backends.sqlite3.base import SQLiteCursorWrapper

from tests.factories import make_member
from tests.people import Person

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite's plans"),
]


class Plans:
    """How SQLite finds the rows of each statement."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def __call__(self, execute, sql, params, many, context):
        if "accounts_" in sql:
            cursor = connection.connection.cursor(factory=SQLiteCursorWrapper)
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            self.steps += [step for *_numbers, step in cursor.fetchall()]
        return execute(sql, params, many, context)


def test_no_statement_of_a_login_reads_all_sessions_of_its_account(contract):
    person = Person(make_member(contract, "nina")).enrol()
    plans = Plans()
    with connection.execute_wrapper(plans):
        assert person.another_browser().log_in().url == "/"
    assert any("accounts_session" in step for step in plans.steps)
    assert not [step for step in plans.steps if "session_by_user" in step or step.startswith("SCAN accounts_")]
