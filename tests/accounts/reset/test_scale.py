"""Anybody may ask for a link, as often as they like: nothing of it reads every account."""

import pytest
from django.db import connection

from accounts.reset import queries
from tests.plans import Plans

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite's plans"),
]


def test_the_mailboxes_of_a_name_or_an_email_are_found_by_indexes():
    with Plans() as plans:
        assert not queries.mailboxes("lena@example.com")
    assert any("user_username_any_case" in step for step in plans.steps)
    assert any("user_by_email" in step for step in plans.steps)
    assert not [step for step in plans.steps if step.startswith("SCAN")]
