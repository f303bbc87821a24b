"""`outbox`: what an operator is told about the mails that were due."""

import pytest
from django.core.management import call_command

from accounts.models import Event, MailFailure, OutgoingMail
from accounts.notices import services as notices
from accounts.origin import Origin
from tests.factories import make_member
from tests.sinks import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_mails(contract, owner) -> None:
    for name in ("lena", "lars"):
        member = make_member(contract, name, email=f"{name}@example.com")
        notices.notify(member, Event.USER_PASSWORD, origin=Origin(), actor=owner)


def said(capsys) -> str:
    capsys.readouterr()
    call_command("outbox")
    return capsys.readouterr().out


def test_what_is_due_is_sent_and_counted(two_mails, server, capsys):
    box = server()
    assert said(capsys) == "Handled 2 mails; 0 wait for a later attempt.\n"
    assert box.addresses() == ["lars@example.com", "lena@example.com"]
    assert said(capsys) == "Handled 0 mails; 0 wait for a later attempt.\n"


def test_what_could_not_be_sent_waits(two_mails, use, capsys):
    use(free_port())
    assert said(capsys).endswith("2 wait for a later attempt.\n")


def test_without_a_mail_server_it_says_that_nothing_is_sent(two_mails, settings, capsys):
    settings.MAIL_ENABLED = False
    assert "There is no EMAIL_URL" in said(capsys)
    assert {mail.failure for mail in OutgoingMail.objects.all()} == {MailFailure.OFF}
