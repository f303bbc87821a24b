"""The people of these tests: the owner, an Administrator of theirs, somebody with few rights, and a stranger."""

from collections.abc import Callable

import pytest

from accounts.models import AuditRow, Role, User
from tests.commits import commits  # noqa: F401
from tests.factories import make_member, make_owner, make_role
from tests.people import Person


def enter(user: User) -> Person:
    person = Person(user)
    person.log_in()
    return person


@pytest.fixture
def administrator(contract) -> Role:
    return contract.roles.get(built_in=True)


@pytest.fixture
def lena(contract) -> User:
    """The one things are done to: an Administrator, 2FA required and pending."""
    return make_member(contract, "lena", email="lena@example.com")


@pytest.fixture
def adam(contract) -> Person:
    """An Administrator who is no owner."""
    return enter(make_member(contract, "adam", two_factor_required=False))


@pytest.fixture
def stranger(db) -> Person:
    return enter(make_owner("stranger", name="Sonja Stranger", contract="Beta Hosting"))


@pytest.fixture
def somebody(contract) -> Callable[..., Person]:
    """Logs in a sub-user whose role has exactly these rights."""

    def make(*permissions: str, username: str = "sam") -> Person:
        role = make_role(contract, *permissions)
        return enter(make_member(contract, username, role=role, two_factor_required=False))

    return make


@pytest.fixture
def rows(db) -> Callable[[], list[tuple[str, str, str, str]]]:
    """The log rows since the fixture was asked for: event, outcome, actor, on whom."""
    before = set(AuditRow.objects.values_list("pk", flat=True))

    def since() -> list[tuple[str, str, str, str]]:
        new = AuditRow.objects.exclude(pk__in=before).order_by("pk")
        return list(new.values_list("event", "outcome", "actor_label", "target_label"))

    return since


def page(user: User, name: str = "") -> str:
    return f"/management/users/{user.pk}/{name + '/' if name else ''}"
