"""A login finds its rows by their keys, so it costs the same however many sessions its account has."""

import pytest
from django.db import connection

from tests.factories import make_member
from tests.people import Person
from tests.plans import Plans

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite's plans"),
]


def test_no_statement_of_a_login_reads_all_sessions_of_its_account(contract):
    person = Person(make_member(contract, "nina")).enrol()
    with Plans() as plans:
        assert person.another_browser().log_in().url == "/"
    assert any("accounts_session" in step for step in plans.steps)
    assert not [step for step in plans.steps if "session_by_user" in step or step.startswith("SCAN accounts_")]
