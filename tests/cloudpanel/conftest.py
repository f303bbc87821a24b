"""A database that takes no writes."""

import pytest
from django.db import connection

READ_ONLY = {
    "sqlite": ("PRAGMA query_only = 1", "PRAGMA query_only = 0"),
    "postgresql": ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off"),
}


@pytest.fixture
def read_only(transactional_db):
    """Sets the database of this process read-only, until the test is over."""
    begin, end = READ_ONLY[connection.vendor]
    with connection.cursor() as cursor:
        yield lambda: cursor.execute(begin)
        cursor.execute(end)
