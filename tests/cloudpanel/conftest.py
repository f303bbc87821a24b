"""An admin, a sub-user, and a database that takes no writes."""

import pytest
from django.db import connection

from accounts.models import User
from tests.factories import make_admin, make_member
from tests.people import Person

READ_ONLY = {
    "sqlite": ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
    "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
}


@pytest.fixture
def rita() -> Person:
    return Person(make_admin()).enrol()


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract)


@pytest.fixture
def read_only(transactional_db):
    """Sets the database of this process read-only, until the test is over."""
    begin, end = READ_ONLY[connection.vendor]
    with connection.cursor() as cursor:
        yield lambda: cursor.execute(begin)
        cursor.execute(end)
