import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import AuditRow, User
from tests.factories import make_owner
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


def test_a_bad_password_is_refused_with_its_reasons(monkeypatch):
    make_owner()
    monkeypatch.setenv("CLOUDPANEL_PASSWORD", "short")
    with pytest.raises(CommandError, match="at least 15 characters"):
        call_command("changepassword", "owner", "--noinput")
    with pytest.raises(CommandError, match="no account named"):
        call_command("changepassword", "nobody", "--noinput")
