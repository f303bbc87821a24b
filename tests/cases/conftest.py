"""The people of the cases: an owner, U (required, active), P (still has to set up), N (not required), a superuser."""

from collections.abc import Iterator

import pytest

from tests.factories import make_admin, make_member
from tests.people import Person
from tests.printed import Printed, every_logger


@pytest.fixture
def active(contract) -> Person:
    """U, logged in."""
    return Person(make_member(contract, "ute")).enrol()


@pytest.fixture
def pending(contract) -> Person:
    """P, not logged in."""
    return Person(make_member(contract, "paul"))


@pytest.fixture
def free(contract) -> Person:
    """N, not logged in."""
    return Person(make_member(contract, "nina", two_factor_required=False))


@pytest.fixture
def root(db) -> Person:
    return Person(make_admin())


@pytest.fixture
def log(settings) -> Iterator[Printed]:
    """What any logger writes: rows of the audit log once they are committed, and requests."""
    settings.ACCESS_LOG = True
    with Printed(loggers=every_logger()) as printed:
        yield printed
