"""`createsuperuser`: an admin by the panel's own rules, written down, whoever asks and however."""

from functools import partial

import pytest
from django.core.management import CommandError, get_commands

from accounts.models import AuditRow, User
from tests.people import Person
from tests.printed import printed_by

pytestmark = pytest.mark.django_db
create = partial(printed_by, "createsuperuser")
GOOD = "another-good-password-here"


@pytest.mark.parametrize("variable", ["DJANGO_SUPERUSER_PASSWORD", "CLOUDPANEL_PASSWORD"])
def test_s14_an_admin_is_created_and_written_down(monkeypatch, variable):
    monkeypatch.setenv(variable, GOOD)
    printed = create("--noinput", "--username", "ada", "--email", "ada@example.com", "--name", "Ada Admin")
    ada = User.objects.get(username="ada")
    assert (ada.is_staff, ada.is_superuser, ada.name, ada.email) == (True, True, "Ada Admin", "ada@example.com")
    row = AuditRow.objects.get()
    assert (row.event, row.target_label, row.actor_label, row.detail) == ("user_created", "ada", "", {"admin": True})
    assert GOOD not in printed
    assert Person("ada", password=GOOD).start_login().url == "/two-factor/setup/"


@pytest.mark.parametrize(
    ("password", "reason"),
    [("a", "at least 15"), ("", "at least 15"), ("passwordpassword", "common")],
)
def test_s14_a_password_against_the_rules_is_refused(monkeypatch, password, reason):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    with pytest.raises(CommandError, match=reason):
        create("--noinput", "--username", "adalovelace", "--email", "ada@example.com", "--name", "ada-ada")
    assert not User.objects.exists()
    assert not AuditRow.objects.exists()


def test_s14_all_reasons_come_at_once(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a")
    with pytest.raises(CommandError) as refused:
        create("--noinput", "--username", "a b", "--email", "no address")
    assert {"username", "email", "password"} <= {line[2:].split(":")[0] for line in str(refused.value).splitlines()[1:]}


def test_s14_a_name_that_is_taken_is_refused(monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", GOOD)
    create("--noinput", "--username", "ada")
    with pytest.raises(CommandError, match="taken"):
        create("--noinput", "--username", "ADA")
    assert User.objects.count() == 1


def test_s14_without_password_or_name_nothing_is_created(monkeypatch):
    with pytest.raises(CommandError, match="no username"):
        create("--noinput")
    with pytest.raises(CommandError, match="no password"):
        create("--noinput", "--username", "ada")
    assert not User.objects.exists()


def test_s14_it_asks_for_what_is_missing_and_offers_no_way_round_the_rules(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda question: {"Username: ": "ada"}[question])
    monkeypatch.setattr("accounts.management.commands.createowner.getpass", lambda question: "a")
    with pytest.raises(CommandError, match="at least 15"):
        create()
    monkeypatch.setattr("accounts.management.commands.createowner.getpass", lambda question: GOOD)
    create()
    assert User.objects.get().username == "ada"


def test_s14_no_command_of_djangos_own_sets_a_password():
    assert get_commands()["createsuperuser"] == get_commands()["changepassword"] == "accounts"
