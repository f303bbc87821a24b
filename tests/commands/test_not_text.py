"""What a terminal in another encoding than UTF-8 sends: refused with a sentence, before anything is done."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.management.commands import createowner
from accounts.models import User
from tests.factories import make_owner

LATIN = "M\udcfcller"
"""“Müller”, from a terminal in ISO 8859-1."""


def test_an_argument_that_is_not_utf_8_is_refused():
    typed = [sys.executable, "manage.py", "twofactor", "reset", LATIN]
    ran = subprocess.run(typed, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (1, "An argument isn't UTF-8 text. Set your terminal to UTF-8.\n")


COMMANDS = {
    "createowner": (["createowner", "olaf", "--contract", "Beta", "--noinput"], "CLOUDPANEL_PASSWORD"),
    "changepassword": (["changepassword", "owner", "--noinput"], "CLOUDPANEL_PASSWORD"),
    "createsuperuser": (["createsuperuser", "--username", "rita", "--noinput"], "DJANGO_SUPERUSER_PASSWORD"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("command", COMMANDS)
def test_a_password_that_is_not_utf_8_is_refused(monkeypatch, command):
    make_owner()
    arguments, variable = COMMANDS[command]
    monkeypatch.setenv(variable, f"a long password of {LATIN}")
    before = list(User.objects.values_list("username", "password"))
    with pytest.raises(CommandError, match="The password isn't UTF-8 text"):
        call_command(*arguments)
    assert list(User.objects.values_list("username", "password")) == before


@pytest.mark.django_db
def test_nor_is_one_that_is_typed(monkeypatch):
    def typed(prompt: str) -> str:
        return b"M\xfcller".decode()

    make_owner()
    monkeypatch.delenv("CLOUDPANEL_PASSWORD", raising=False)
    monkeypatch.setattr(createowner, "getpass", typed)
    with pytest.raises(CommandError, match="The password isn't UTF-8 text"):
        call_command("changepassword", "owner")
