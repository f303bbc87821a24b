"""Commands that ask, where the input ends: a sentence and exit code 1, and nothing has changed."""

import subprocess
import sys
from unittest.mock import Mock

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command

from accounts.management.commands import createowner
from accounts.models import User
from tests.factories import make_owner
from tests.people import Person
from tests.servers.machine import environment
from twofactor.models import Authenticator

COMMANDS = {
    "createowner": (["createowner", "olaf", "--contract", "Beta"], "There is no password"),
    "changepassword": (["changepassword", "owner"], "There is no password"),
    "createsuperuser": (["createsuperuser"], "There is no username"),
    "createsuperuser with a name": (["createsuperuser", "--username", "rita"], "There is no password"),
    "restore": (["restore", "copy"], "Nothing was changed: there is no answer. With --noinput, nothing is asked."),
    "twofactor": (["twofactor", "reset", "--unreadable"], "Nothing was changed: there is no answer"),
    "copy_to": (["copy_to"], "The target must be a postgres:// URL"),
}


@pytest.fixture
def unreadable(settings, monkeypatch) -> None:
    """An owner whose secret no key opens."""
    monkeypatch.delenv("CLOUDPANEL_PASSWORD", raising=False)
    Person(make_owner()).enrol()
    settings.TWOFACTOR_KEYS = [Fernet.generate_key().decode()]


@pytest.mark.django_db
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_a_command_that_gets_no_answer_says_so(monkeypatch, unreadable, command, end):
    arguments, said = COMMANDS[command]
    for asked in ("builtins.input", f"{createowner.__name__}.getpass", "sys.stdin.readline"):
        monkeypatch.setattr(asked, Mock(side_effect=end))
    before = list(User.objects.values_list("username", "password"))
    with pytest.raises(CommandError, match=said):
        call_command(*arguments)
    assert list(User.objects.values_list("username", "password")) == before
    assert Authenticator.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["restore", "twofactor"])
def test_an_answer_that_is_not_utf_8_is_refused(monkeypatch, unreadable, command):
    monkeypatch.setattr("builtins.input", lambda _question: b"j\xe4".decode())
    with pytest.raises(CommandError, match="The answer isn't UTF-8 text"):
        call_command(*COMMANDS[command][0])


@pytest.mark.django_db
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_whose_input_is_closed_says_so(monkeypatch, unreadable, command):
    """As `<&-` leaves it."""
    arguments, said = COMMANDS[command]
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(CommandError, match=said):
        call_command(*arguments)


@pytest.mark.parametrize("command", ["migrate", "housekeeping", "retention", "outbox", "openid rotate-keys"])
def test_a_command_without_a_database_ends_with_one_sentence(tmp_path, command):
    (tmp_path / "db.sqlite3").write_text("no database at all\n" * 100)
    typed = [sys.executable, "manage.py", *command.split()]
    env = environment(f"sqlite:///{tmp_path / 'db.sqlite3'}")
    ran = subprocess.run(
        typed, cwd=django_settings.BASE_DIR, env=env, capture_output=True, text=True, check=False, timeout=60
    )
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr
    assert "The database says: file is not a database. " in ran.stderr


@pytest.mark.parametrize("command", ["restore copy", "flush"])
def test_a_command_without_input_ends_with_one_sentence(tmp_path, command):
    ran = subprocess.run(
        [sys.executable, "manage.py", *command.split()],
        cwd=django_settings.BASE_DIR,
        env=environment(f"sqlite:///{tmp_path / 'db.sqlite3'}"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    [sentence] = ran.stderr.split("\n")[:-1]
    assert "there is no answer" in sentence.lower()
