"""Invitations: C54, and what is said when one can't be sent."""

import re
import threading
import time
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection
from django.test import Client

from accounts.models import AuditRow, User
from accounts.origin import Origin
from accounts.outbox import written
from accounts.reset import services
from accounts.users.services import create_invited_user
from accounts.users.services import set_password as set_password_by
from tests.factories import make_member, make_owner
from tests.meanwhile import meanwhile
from tests.people import Person, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
NEW = "seven brave otters juggle"
ORIGIN = Origin("127.0.0.1", "test")
LINK = re.compile(r"http://127\.0\.0\.1:8000(/password/reset/[^\s\"<]+)")
DEAD = "This link doesn't work"


@pytest.fixture
def owner() -> User:
    return make_owner(email="olivia@example.com")


@pytest.fixture
def ida(owner) -> User:
    """Created without a password."""
    ida = make_member(owner.contracts.get(), "ida", name="Ida Invited", email="ida@example.com")
    User.objects.filter(pk=ida.pk).update(password="!")
    return User.objects.select_related("contract", "role").get(pk=ida.pk)


@pytest.fixture
def invite(owner, ida, mailoutbox):
    def invite() -> str:
        fresh = User.objects.select_related("contract", "role").get(pk=ida.pk)
        assert services.invite(actor=owner, target=fresh, origin=ORIGIN)
        return LINK.findall(mailoutbox[-1].body)[0]

    return invite


def set_password(path: str):
    return Client().post(path, {"new_password1": NEW, "new_password2": NEW})


def is_dead(path: str) -> bool:
    return DEAD in words(Client().get(path)) and DEAD in words(set_password(path))


def test_only_the_newest_works_once_and_the_login_goes_on_as_after_a_right_password(ida, invite):
    older, newer = invite(), invite()
    assert is_dead(older)
    for _ in range(2):
        assert b"new_password1" in Client().get(newer).content
    assert set_password(newer).url == "/two-factor/setup/"
    assert is_dead(older)
    assert is_dead(newer)
    assert Person(ida, password=NEW).start_login().url == "/two-factor/setup/"


def test_a_password_that_the_owner_sets_meanwhile_ends_the_login_that_follows(owner, ida, invite):
    def another_password() -> None:
        seen = User.objects.select_related("contract", "role").get(pk=ida.pk)
        other = {"password": "four calm herons whistle", "must_change_password": False}
        assert set_password_by(actor=owner, target=seen, origin=ORIGIN, **other)

    path, browser = invite(), Client()
    with meanwhile(another_password, before='JOIN "twofactor_authenticator"'):
        answer = browser.post(path, {"new_password1": NEW, "new_password2": NEW})
    assert answer.url == "/login/?ended=changed"
    assert browser.get("/two-factor/setup/").url.startswith("/login/")


def test_it_lives_a_day(invite):
    with time_machine.travel(time.time(), tick=False) as clock:
        path = invite()
        clock.shift(24 * 3600 - 1)
        assert b"new_password1" in Client().get(path).content
        clock.shift(2)
        assert is_dead(path)


def test_it_dies_when_the_account_is_deactivated(ida, invite):
    path = invite()
    User.objects.filter(pk=ida.pk).update(is_active=False)
    assert is_dead(path)


@pytest.mark.django_db(transaction=True)
def test_of_many_invitations_at_once_only_the_newest_works(owner, ida, mailoutbox, sends):
    def send() -> None:
        fresh = User.objects.select_related("contract", "role").get(pk=ida.pk)
        services.invite(actor=owner, target=fresh, origin=ORIGIN)
        connection.close()

    written.disconnect(sends)
    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sends()
    [message] = mailoutbox  # the other links were dead before they were mailed
    [path] = LINK.findall(message.body)
    assert b"new_password1" in Client().get(path).content


def test_the_mail_says_who_invites_to_what_and_as_whom(invite, mailoutbox):
    invite()
    message = mailoutbox[0]
    assert message.to == ["ida@example.com"]
    assert "Hello Ida Invited," in message.body
    assert "Olivia Owner invites you to “Alpha Hosting” in Cloud Panel." in message.body
    assert "Your username is ida" in words(Client().get(LINK.search(message.body)[0], follow=True))
    row = AuditRow.objects.get()
    assert (row.event, row.outcome, row.actor_label, row.target_label) == ("invited", "ok", "owner", "ida")


def test_inviting_ends_the_sessions_of_who_is_in(owner, mailoutbox):
    nina = make_member(owner.contracts.get(), "nina", email="nina@example.com", two_factor_required=False)
    person = Person(nina)
    person.log_in()
    assert services.invite(actor=owner, target=nina, origin=ORIGIN)
    assert not person.is_in()
    assert person.start_login().url == "/"  # the old password counts until a new one is chosen
    assert is_dead(LINK.findall(mailoutbox[0].body)[0])


def test_who_has_no_email_can_t_be_invited(owner, ida, mailoutbox):
    User.objects.filter(pk=ida.pk).update(email="")
    ida.email = ""
    assert not services.invite(actor=owner, target=ida, origin=ORIGIN)
    assert not mailoutbox
    assert not AuditRow.objects.exists()


def test_an_account_that_is_not_as_it_was_seen_is_not_invited(owner, ida, mailoutbox):
    User.objects.filter(pk=ida.pk).update(email="other@example.com")
    assert not services.invite(actor=owner, target=ida, origin=ORIGIN)
    User.objects.filter(pk=ida.pk).update(email=ida.email, is_active=False)
    assert not services.invite(actor=owner, target=ida, origin=ORIGIN)
    assert not mailoutbox


def test_without_mail_nothing_ends(owner, settings):
    nina = make_member(owner.contracts.get(), "nina", email="nina@example.com", two_factor_required=False)
    person = Person(nina)
    person.log_in()
    rows = AuditRow.objects.count()
    settings.MAIL_ENABLED = False
    mailed = services.invite(actor=owner, target=nina, origin=ORIGIN)
    assert services.rows.is_unsent(mailed)
    assert person.is_in()
    assert AuditRow.objects.count() == rows


@pytest.mark.timed
def test_a_dead_server_takes_no_time_and_undoes_nothing(owner, ida, settings):
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = settings.PANEL_BACKEND, "127.0.0.1"
    settings.EMAIL_PORT = 1
    began = time.monotonic()
    mailed = services.invite(actor=owner, target=ida, origin=ORIGIN)
    assert time.monotonic() - began < 1
    assert services.rows.is_unsent(mailed)
    assert list(AuditRow.objects.values_list("event", flat=True).order_by("pk")) == ["invited"]


def test_names_make_no_headers_and_no_links(owner, ida, mailoutbox):
    ida.name = "Ida\r\nBcc: evil@example.com http://evil.example/"
    owner.name = ida.contract.name = '<a href="https://evil.example">x</a>\n\nhttps://evil.example'
    assert services.invite(actor=owner, target=ida, origin=ORIGIN)
    [message] = mailoutbox
    assert message.recipients() == ["ida@example.com"]
    assert "Bcc" not in message.message()
    everything = message.body + message.alternatives[0][0]
    assert not [
        link for link in re.findall(r"https?://[^\s\"<]+", everything) if not link.startswith("http://127.0.0.1")
    ]
    assert '<a href="https' not in message.alternatives[0][0]


def test_one_mail_invites_and_says_from_when_2fa_is_required(owner, mailoutbox):
    owner.language = "de"
    contract = owner.contracts.get()
    create_invited_user(
        actor=owner,
        contract=contract,
        username="nina",
        name="Nina Neu",
        email="nina@example.com",
        role=contract.roles.get(),
        two_factor_required_from=datetime(2999, 3, 1, 8, tzinfo=UTC),
        origin=ORIGIN,
    )
    [mail] = mailoutbox
    assert LINK.search(mail.body)
    for body in (mail.body, mail.alternatives[0].content):
        assert "Zwei-Faktor-Authentifizierung ist für Ihr Konto ab 1. März 2999, 08:00 UTC erforderlich." in body
    assert "\n\n\n" not in mail.body


def test_the_page_can_warn_of_own_words_while_a_password_is_typed(invite):
    page = Client().get(invite()).content.decode()
    assert 'data-words="ida\nida@example.com\nIda Invited\nIda\nInvited"' in page
