"""The same people as for the pages about one user."""

from datetime import UTC, datetime

import pytest

from tests.accounts.users.conftest import (  # noqa: F401
    adam,
    administrator,
    lena,
    rows,
    somebody,
    stranger,
)
from tests.commits import commits  # noqa: F401

NOW = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def clock(clock):
    """Weeks before the moment that is planned."""
    clock.move_to(NOW)
    return clock
