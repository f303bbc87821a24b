"""The three people, and who else works in the owner's contract."""

import pytest

from accounts.models import AuditRow, Contract
from tests.factories import make_member, make_role
from tests.people import Person


@pytest.fixture
def somebody(contract: Contract):
    """A sub-user with exactly these permissions, logged in."""

    def log_in(*permissions: str, username: str = "sam") -> Person:
        role = make_role(contract, *permissions, name=f"role of {username}")
        person = Person(make_member(contract, username, role=role, two_factor_required=False))
        person.log_in()
        return person

    return log_in


class Rows:
    """The rows of the log since the last look."""

    def __init__(self) -> None:
        self.seen = AuditRow.objects.count()

    def new(self) -> list[AuditRow]:
        rows = list(AuditRow.objects.order_by("pk")[self.seen :])
        self.seen += len(rows)
        return rows

    def events(self) -> list[tuple[str, str]]:
        return [(row.event, row.outcome) for row in self.new()]


@pytest.fixture
def rows():
    return Rows
