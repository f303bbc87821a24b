from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F
from django.utils import timezone

from accounts.management.commands import createowner
from accounts.models import AuditRow, User
from tests.factories import make_owner
from tests.meanwhile import meanwhile
from tests.people import Person

pytestmark = pytest.mark.django_db
NEW = "another-good-password-here"


def test_the_operator_gives_an_owner_a_new_password_and_ends_everything(monkeypatch):
    owner = make_owner()
    User.objects.filter(pk=owner.pk).update(password_revoked_at=timezone.now())
    browser = Person(owner)
    assert browser.start_login().status_code == 200
    monkeypatch.setenv("CLOUDPANEL_PASSWORD", NEW)
    call_command("changepassword", "OWNER", "--noinput")
    assert browser.start_login().status_code == 200
    assert Person(owner, password=NEW).start_login().url == "/"
    assert AuditRow.objects.filter(event="user_password", target_label="owner", actor_id=None).count() == 1


def test_an_account_that_changes_at_this_moment_keeps_its_password_and_the_operator_reads_so(monkeypatch):
    make_owner()
    monkeypatch.setenv("CLOUDPANEL_PASSWORD", NEW)
    change = partial(User.objects.update, rights_version=F("rights_version") + 1)
    with meanwhile(change, before="SAVEPOINT"), pytest.raises(CommandError, match="was not changed"):
        call_command("changepassword", "owner", "--noinput")
    assert not User.objects.get(username="owner").check_password(NEW)


def test_two_different_passwords_change_nothing_and_the_operator_reads_just_that(monkeypatch):
    make_owner()
    monkeypatch.delenv("CLOUDPANEL_PASSWORD", raising=False)
    typed = iter([NEW, "another"])
    monkeypatch.setattr(createowner, "getpass", lambda _prompt: next(typed))
    with pytest.raises(CommandError, match="are not the same: nothing was changed"):
        call_command("changepassword", "owner")


def test_a_bad_password_is_refused_with_its_reasons(monkeypatch):
    make_owner()
    monkeypatch.setenv("CLOUDPANEL_PASSWORD", "short")
    with pytest.raises(CommandError, match="at least 15 characters"):
        call_command("changepassword", "owner", "--noinput")
    with pytest.raises(CommandError, match="no account named"):
        call_command("changepassword", "nobody", "--noinput")
