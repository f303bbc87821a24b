"""`createowner` and `createcontract`, as an operator types them."""

import pytest
from django.core.management import CommandError

from accounts.management.commands import createowner
from accounts.models import AuditRow, Contract, Event, User
from accounts.passwords import services as passwords
from tests.factories import PASSWORD, make_member, make_owner
from tests.people import Person
from tests.printed import printed_by

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_password_around(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDPANEL_PASSWORD", raising=False)
    monkeypatch.setattr(createowner, "getpass", _never_asked)


def _never_asked(prompt: str) -> str:
    raise AssertionError(f"asked: {prompt}")


def _refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as refusal:
        printed_by(*arguments)
    return str(refusal.value)


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDPANEL_PASSWORD", PASSWORD)


@pytest.mark.usefixtures("given")
def test_the_password_may_come_from_the_environment() -> None:
    said = printed_by("createowner", "olivia", "--contract", "Alpha Hosting", "--email", "o@example.com", "--noinput")
    owner = User.objects.get()
    contract = owner.contracts.get()
    assert (owner.username, owner.name, owner.email, owner.is_staff) == ("olivia", "olivia", "o@example.com", False)
    assert passwords.verify(owner, PASSWORD)
    assert "olivia" in said
    assert contract.number in said
    assert PASSWORD not in said


@pytest.mark.usefixtures("given")
def test_two_factor_is_required_of_an_owner_from_the_start() -> None:
    printed_by("createowner", "olivia", "--contract", "Alpha", "--noinput")
    person = Person("olivia")
    assert person.start_login().url == "/two-factor/setup/"
    assert person.get("/").url == "/two-factor/setup/"


@pytest.mark.usefixtures("given")
def test_two_factor_no_opts_out() -> None:
    printed_by("createowner", "olivia", "--contract", "Alpha", "--two-factor", "no")
    assert not User.objects.get().two_factor_required
    person = Person("olivia")
    person.log_in()
    assert "Two-factor authentication is off" in person.get("/").content.decode()


def test_the_password_is_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(createowner, "getpass", lambda prompt: asked.append(prompt) or PASSWORD)
    printed_by("createowner", "olivia", "--contract", "Alpha")
    assert asked == ["Password: ", "Password (again): "]
    assert passwords.verify(User.objects.get(), PASSWORD)


def test_two_different_passwords_create_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([PASSWORD, PASSWORD + "x"])
    monkeypatch.setattr(createowner, "getpass", lambda prompt: next(answers))
    assert "not the same" in _refused("createowner", "olivia", "--contract", "Alpha")
    assert not User.objects.exists()


@pytest.mark.parametrize("stop", [EOFError, KeyboardInterrupt])
def test_no_answer_creates_nothing(monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]) -> None:
    def stopped(prompt: str) -> str:
        raise stop

    monkeypatch.setattr(createowner, "getpass", stopped)
    assert "no password" in _refused("createowner", "olivia", "--contract", "Alpha")
    assert not User.objects.exists()


def test_noinput_never_asks() -> None:
    assert "CLOUDPANEL_PASSWORD" in _refused("createowner", "olivia", "--contract", "Alpha", "--noinput")


def test_every_reason_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDPANEL_PASSWORD", "short")
    said = _refused("createowner", "no blanks", "--contract", " ", "--email", "nowhere", "--noinput")
    lines = said.splitlines()
    assert lines[0] == "The owner was not created:"
    assert {line.split(":")[0] for line in lines[1:]} == {"- username", "- contract name", "- email", "- password"}
    assert not User.objects.exists()
    assert not AuditRow.objects.exists()


@pytest.mark.usefixtures("given")
def test_a_username_that_is_taken_is_told() -> None:
    make_owner("Olivia")
    assert "This username is taken." in _refused("createowner", "olivia", "--contract", "Alpha", "--noinput")
    assert Contract.objects.count() == 1


@pytest.mark.parametrize(
    "arguments", [["olivia"], ["--contract", "Alpha"], ["olivia", "--contract", "Alpha", "--two-factor", "maybe"]]
)
def test_missing_and_wrong_arguments_are_told(arguments: list[str]) -> None:
    assert _refused("createowner", *arguments)


def test_one_more_contract() -> None:
    owner = make_owner()
    said = printed_by("createcontract", "OWNER", "Beta")
    contract = owner.contracts.get(name="Beta")
    assert contract.number in said
    assert contract.roles.get().built_in
    assert AuditRow.objects.get().event == Event.CONTRACT_CREATED


def test_hidden_characters_of_a_name_are_printed_by_number() -> None:
    make_owner()
    said = printed_by("createcontract", "owner", "Ga\u202em\nma\x01")
    assert "Created the contract Ga[U+202E]m ma (" in said


def test_a_contract_needs_an_owner_and_a_name() -> None:
    make_member(make_owner().contracts.get(), "lena")
    assert "no account with the username nobody" in _refused("createcontract", "nobody", "Beta")
    assert "somebody else's contract" in _refused("createcontract", "lena", "Beta")
    assert "- name: " in _refused("createcontract", "owner", " ")
    assert Contract.objects.count() == 1
