"""Lena, who has lost phone and codes, and what everybody around her can do."""

import re

import pytest

from accounts.models import AuditRow, User
from tests.commits import commits  # noqa: F401
from tests.factories import make_member
from tests.people import Person
from twofactor.help.models import HelpRequest

HELP = "/login/help/"
SETUP = "/two-factor/setup/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract, "lena", name="Lena Lang", email="lena@example.com")


@pytest.fixture
def phone(lena) -> Person:
    """Where she set up 2FA; she does not have it with her any more."""
    person = Person(lena).enrol()
    person.post("/logout/")
    return person


@pytest.fixture
def browser(phone) -> Person:
    """Another browser of hers, after the right password."""
    person = Person("lena", ip="203.0.113.7", headers={"user-agent": FIREFOX})
    assert person.start_login().url == "/login/code/"
    return person


def words_on(person: Person) -> str:
    """The three words that this browser shows."""
    found = re.search(r'class="spoken">(.*?)</p>', person.get(HELP).content.decode(), re.S)
    assert found
    return " ".join(re.findall(r"<span>(\w+)</span>", found[1]))


def ask(person: Person) -> HelpRequest:
    assert person.post(HELP).url == HELP
    return HelpRequest.objects.latest("pk")


def page(user: User) -> str:
    return f"/management/users/{user.pk}/help/"


def answer(owner: Person, asked: HelpRequest, action: str, words: str = "", **more):
    data = {"request": asked.pk, "action": action, "words": words}
    return owner.post(page(asked.user), data | more)


def events(*names: str) -> list[tuple[str, str]]:
    rows = AuditRow.objects.filter(event__in=names) if names else AuditRow.objects.filter(event__startswith="help_")
    return list(rows.order_by("pk").values_list("event", "outcome"))
