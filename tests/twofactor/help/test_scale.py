"""Open requests are found from the few there are, not from the users of a contract."""

import pytest
from django.db import connection

from twofactor.help import queries

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite"),
]


def test_the_overview_does_not_read_every_user_of_a_contract(owner):
    plan = queries.open_for(owner).explain()
    assert "USING INDEX help_undecided" in plan
    assert "user_in_contract" not in plan


def test_the_admins_of_an_owner_are_found_from_the_few_there_are(owner):
    assert "USING INDEX user_admins" in queries.helpers_of(owner).explain()
