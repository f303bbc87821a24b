"""The people of the cases: an owner, U (required, active), P (still has to set up), N (not required), a superuser."""

import pytest

from tests.factories import make_admin, make_member
from tests.people import Person


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
