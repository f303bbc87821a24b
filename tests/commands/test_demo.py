"""`demo`: a contract to look at. What it prints opens what it made."""

import os
import re
import shlex
import subprocess
import sys
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditRow, Contract, Event, Outcome, User
from tests.factories import make_member, make_owner
from tests.people import KEY, Person
from tests.printed import printed_by
from twofactor import totp
from twofactor.management.commands.demo import as_typed

pytestmark = pytest.mark.django_db
_run = partial(printed_by, "demo")
ROOT = Path(__file__).resolve().parents[2]
LINE = re.compile(r"^(?:Account owner|Django admin|Administrator|Sub-user) +(demo-\S+) +(\S{23})  (.+)$", re.MULTILINE)


def _person(printed: str, username: str) -> Person:
    found = {name: password for name, password, _ in LINE.findall(printed)}
    person = Person(username, password=found[username])
    person.key = totp.base64.b32decode(KEY.search(printed)[1])
    return person


def test_the_first_look_needs_only_the_password() -> None:
    owner = _person(_run(), "demo-owner")
    assert owner.start_login().url == "/"
    page = owner.get("/")
    assert page.status_code == 200
    assert "Alpha Hosting" in page.content.decode()


def test_there_is_one_account_for_each_state() -> None:
    printed = _run()
    landings = {name: _person(printed, name).start_login().url for name, _, _ in LINE.findall(printed)}
    assert landings == {
        "demo-owner": "/",
        "demo-admin": "/two-factor/setup/",
        "demo-administrator": "/",
        "demo-off": "/",
        "demo-pending": "/two-factor/setup/",
        "demo-active": "/login/code/",
    }
    assert User.objects.get(username="demo-admin").is_superuser
    assert User.objects.get(username="demo-administrator").role.built_in
    assert Contract.objects.get().name == "Alpha Hosting"


def test_the_printed_key_is_beside_the_password_and_gives_the_codes_at_once() -> None:
    printed = _run()
    person = _person(printed, "demo-active")
    beside = next(rest for name, _, rest in LINE.findall(printed) if name == "demo-active")
    assert totp.groups_of_four(totp.base32(person.key)) in beside
    assert "otpauth://totp/Cloud%20Panel:demo-active?secret=" in printed
    person.log_in()
    assert person.is_in()


def test_a_second_run_changes_and_shows_nothing() -> None:
    owner = _person(_run(), "demo-owner")
    rows = AuditRow.objects.count()
    again = _run()
    assert not LINE.search(again)
    assert "--new-passwords" in again
    assert (AuditRow.objects.count(), User.objects.count(), Contract.objects.count()) == (rows, 6, 1)
    assert owner.start_login().url == "/"


def test_accounts_that_were_deleted_do_not_come_back() -> None:
    _run()
    User.objects.filter(username="demo-off").delete()
    _run()
    assert LINE.findall(_run("--new-passwords"))
    assert not User.objects.filter(username="demo-off").exists()


def test_new_passwords_are_printed_and_the_old_ones_dead() -> None:
    first = _run()
    old, open_session = _person(first, "demo-owner"), _person(first, "demo-administrator")
    open_session.log_in()
    renewed = _run("--new-passwords")
    assert len(LINE.findall(renewed)) == 6
    assert not open_session.is_in()
    assert old.start_login().status_code == 200
    assert _person(renewed, "demo-owner").start_login().url == "/"
    active = _person(renewed, "demo-active")
    assert active.key != _person(first, "demo-active").key
    active.log_in()
    assert active.is_in()


def test_new_passwords_make_the_demo_where_there_is_none() -> None:
    assert len(LINE.findall(_run("--new-passwords"))) == 6


def test_new_passwords_leave_the_state_of_two_factor_authentication_alone() -> None:
    _run()
    call_command("twofactor", "reset", "demo-active", stdout=StringIO())
    renewed = _run("--new-passwords")
    assert next(rest for name, _, rest in LINE.findall(renewed) if name == "demo-active").startswith("pending")
    assert "otpauth" not in renewed


def test_everything_is_in_the_log_without_secrets() -> None:
    printed = _run()
    events = list(AuditRow.objects.order_by("pk").values_list("event", flat=True))
    assert events[:2] == [Event.OWNER_CREATED, Event.CONTRACT_CREATED]
    assert events[2:] == [Event.USER_CREATED] * 5 + [Event.TWO_FACTOR_ACTIVATED]
    logged = str(list(AuditRow.objects.values()))
    for _, password, _ in LINE.findall(printed):
        assert password not in logged


def test_a_demo_that_fails_leaves_nothing(settings) -> None:
    settings.PASSWORD_MIN_LENGTH = 2_000  # beyond what any password may have
    with pytest.raises(CommandError):
        _run()
    assert not User.objects.exists()


def test_f39_a_second_run_names_the_address_and_the_accounts_without_passwords() -> None:
    first = {name: password for name, password, _ in LINE.findall(_run())}
    again = _run()
    assert "Log in at http://127.0.0.1:8000/login/" in again
    assert all(name in again for name in first)
    assert not [password for password in first.values() if password in again]
    assert "otpauth:" not in again


def test_f39_nothing_but_the_table_is_printed(tmp_path) -> None:
    """A process of its own, since the lines about log rows go past the command's own output. The last line ends with a
    command that runs as it is typed."""
    database = {"DATABASE_URL": f"sqlite:///{tmp_path / 'demo.sqlite3'}", "TEST_DATABASE_URL": ""}
    environment = os.environ | database | {"DJANGO_SETTINGS_MODULE": "cloudpanel.settings"}

    def run(*command: str) -> str:
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout

    run(sys.executable, "manage.py", "migrate", "-v", "0")
    printed = run(sys.executable, "manage.py", "demo")
    assert [line for line in printed.splitlines() if line.startswith("{")] == []
    typed = printed.rstrip().rpartition("New ones: ")[2]
    assert typed.endswith(" manage.py demo --new-passwords")
    renewed = run(*shlex.split(typed))
    assert [line for line in renewed.splitlines() if line.startswith("{")] == []
    assert len(LINE.findall(renewed)) == 6


def test_a_command_is_named_as_it_runs_in_the_current_folder(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(sys, "executable", str(ROOT / ".venv/bin/python"))
    monkeypatch.chdir(ROOT)
    assert as_typed("--remove") == ".venv/bin/python manage.py demo --remove"
    monkeypatch.chdir(tmp_path)
    assert as_typed("--remove") == f"{ROOT}/.venv/bin/python {ROOT}/manage.py demo --remove"


@pytest.mark.parametrize("arguments", [[], ["--new-passwords"]])
@pytest.mark.parametrize("demo_first", [True, False])
def test_o13_a_database_with_other_people_is_left_alone(arguments: list[str], demo_first: bool) -> None:
    if demo_first:
        _run()
    make_owner()
    before = (AuditRow.objects.count(), sorted(User.objects.values_list("username", "password")))
    with pytest.raises(CommandError, match="make serve"):
        _run(*arguments)
    assert (AuditRow.objects.count(), sorted(User.objects.values_list("username", "password"))) == before


def test_o13_whoever_was_created_in_the_demo_is_of_the_demo() -> None:
    _run()
    make_member(Contract.objects.get(), "nina")
    assert "demo-owner" in _run()


def test_o13_the_demo_can_be_removed_and_leaves_others_alone() -> None:
    owner = _person(_run(), "demo-owner")
    owner.start_login()
    make_member(Contract.objects.get(), "nina")
    other = make_owner()
    make_member(other.contracts.get(), "otto")
    rows = AuditRow.objects.count()
    said = _run("--remove")
    assert "demo-owner" in said
    assert "nina" in said
    assert set(User.objects.values_list("username", flat=True)) == {other.username, "otto"}
    assert Contract.objects.get().owner == other
    assert AuditRow.objects.filter(event=Event.USER_DELETED).count() == 7
    assert AuditRow.objects.count() == rows + 7
    assert not owner.is_in()
    assert _run("--remove").strip() == "There are no demo accounts."


def test_the_history_is_a_month_of_logins_by_sixty_people_in_every_state() -> None:
    _run("--history")
    people = User.objects.filter(contract__name="Alpha Hosting")
    assert people.count() >= 60
    assert people.filter(role__name="Support").exists()
    assert people.filter(is_active=False).exists()
    assert people.filter(password_revoked_at__isnull=False).exists()
    assert AuditRow.objects.filter(event=Event.INVITED).count() == 2
    days = {row.at.date() for row in AuditRow.objects.filter(event=Event.SIGN_IN)}
    assert len(days) >= 28
    assert max(len(person.name) for person in people) > 25
    assert people.exclude(authenticator=None).count() > 20


def test_the_history_goes_with_the_demo() -> None:
    _run("--history")
    _run("--remove")
    assert not User.objects.exists()


def test_most_logins_of_the_history_succeeded() -> None:
    _run("--history")
    assert set(AuditRow.objects.values_list("outcome", flat=True)) == {Outcome.OK, Outcome.FAILED}
    logins = AuditRow.objects.filter(event=Event.SIGN_IN, outcome=Outcome.OK).count()
    assert logins > 100 > AuditRow.objects.filter(outcome=Outcome.FAILED).count() > 0
