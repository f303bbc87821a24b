"""`/password/forgot/`: the same answer for every name, and a link by mail for whom it is due."""

import re
import time

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Attempts, AuditRow, Event, OutgoingMail, User
from accounts.notices import services as notices
from accounts.origin import SERVER
from accounts.outbox import sending, written
from accounts.reset import limits, services
from tests.bench.sql import Sql
from tests.factories import make_member, make_owner
from tests.people import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
FORGOT = "/password/forgot/"
LINK = re.compile(r"http://127\.0\.0\.1:8000/password/reset/[^\s\"<]+")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')


@pytest.fixture
def owner() -> User:
    return make_owner(email="olivia@example.com")


@pytest.fixture
def lena(owner) -> User:
    return make_member(owner.contracts.get(), email="lena@example.com")


def ask(name: str, ip: str = "127.0.0.1", **extra):
    return Client(REMOTE_ADDR=ip).post(FORGOT, {"username_or_email": name}, **extra)


def links_in(message) -> list[str]:
    return LINK.findall(message.body)


def people(contract) -> dict[str, User]:
    invited = make_member(contract, "ida", email="ida@example.com")
    User.objects.filter(pk=invited.pk).update(password="!")
    return {
        "lena": make_member(contract, "lena", email="lena@example.com"),
        "ida": invited,
        "dora": make_member(contract, "dora", email="dora@example.com", is_active=False),
        "nomail": make_member(contract, "nomail"),
    }


def test_the_page_takes_one_field_and_has_it_focused():
    page = Client().get(FORGOT)
    assert page.status_code == 200
    assert b'name="username_or_email"' in page.content
    assert b"autofocus" in page.content


OWN = ("Set-Cookie", "X-Request-Id")
"""Headers that are different in each answer, whatever was asked."""


def test_every_name_gets_the_same_answer(owner):
    names = [
        *people(owner.contracts.get()),
        "lena@example.com",
        "nobody",
        "nobody@example.com",
        "x" * 254,
        "é",
        "'\"%_",
    ]
    answers = [ask(name) for name in names]
    assert {answer.status_code for answer in answers} == {200}
    assert len({TOKEN.sub("", answer.content.decode()) for answer in answers}) == 1
    headers = [{name: value for name, value in a.headers.items() if name not in OWN} for a in answers]
    assert all(h == headers[0] for h in headers)
    assert len({tuple(sorted(answer.cookies)) for answer in answers}) == 1


def test_s07_the_page_writes_the_same_row_for_every_name_and_looks_nobody_up(owner, lena, sends):
    written.disconnect(sends)
    found = []
    for name in ("lena", "noel", "lena"):
        with CaptureQueriesContext(connection) as asked:
            assert ask(name).status_code == 200
        found.append([query["sql"] for query in asked if query["sql"].startswith(("INSERT", "SELECT", "UPDATE"))])
        row = OutgoingMail.objects.latest("id")
        shape = {"kind": row.kind, "about": row.about_id, "reader": row.reader_id, "address": row.address}
        assert shape == {"kind": "forgot", "about": None, "reader": None, "address": ""}
        assert len(row.facts["typed"]) == 100
        assert name not in str(row.facts)
    assert all(len(statements) == 2 for statements in found)


@pytest.fixture
def nobody_sends(sends) -> None:
    written.disconnect(sends)


def waiting(**rows) -> int:
    return OutgoingMail.objects.filter(kind="forgot", **rows).count()


def test_of_one_address_only_the_newest_requests_wait(lena, nobody_sends, mailoutbox, sends):
    ask("lena", ip="127.0.0.2")
    answers = [ask(f"nobody{n}") for n in range(limits.WAITING_OF_ADDRESS + 15)]
    assert waiting(ip="127.0.0.1") == limits.WAITING_OF_ADDRESS
    ask("lena")
    assert len({TOKEN.sub("", answer.content.decode()) for answer in answers}) == 1
    sends()
    assert [m.to for m in mailoutbox] == [["lena@example.com"]] * 2, "one was asked for elsewhere, one here"


def test_addresses_of_one_ipv6_network_count_as_one(nobody_sends):
    for n in range(limits.WAITING_OF_ADDRESS + 5):
        ask("nobody", ip=f"2001:db8::{n:x}")
    ask("nobody", ip="2001:db8:0:1::1")
    assert waiting() == limits.WAITING_OF_ADDRESS + 1


def test_from_however_many_addresses_a_bounded_number_waits_and_who_asks_once_is_spared(nobody_sends, monkeypatch):
    monkeypatch.setattr(limits, "WAITING", 30)
    ask("lena", ip="192.0.2.1")
    for n in range(40):
        ask("nobody", ip=f"127.0.0.{n % 5}")
    assert waiting() == 30
    assert waiting(ip="192.0.2.1") == 1


def test_where_each_address_asks_once_the_newest_wait(nobody_sends, monkeypatch):
    monkeypatch.setattr(limits, "WAITING", 30)
    for n in range(40):
        ask("nobody", ip=f"127.0.0.{n}")
    assert waiting() == 30
    assert waiting(ip="127.0.0.9") == 0
    assert waiting(ip="127.0.0.39") == 1


def test_requests_do_not_keep_other_mails_waiting(owner, lena, nobody_sends):
    for n in range(5):
        ask(f"nobody{n}")
    OutgoingMail.objects.update(due_at=timezone.now())
    notices.notify(owner, Event.USER_PASSWORD, origin=SERVER, actor=owner)
    sender = sending.Sender()
    assert sender.send_next()
    assert sender.send_next()
    assert waiting() == 4
    assert OutgoingMail.objects.get(kind="notice").finished_at


def test_s07_nothing_happens_on_the_connection_once_the_answer_is_there(lena, sends):
    answer = ask("lena")
    assert not OutgoingMail.objects.filter(kind="forgot").exists()
    with Sql() as sql:
        answer.close()
    assert sql.queries == 0


def test_s07_a_lookup_that_was_interrupted_is_done_again(lena, sends, mailoutbox, monkeypatch):
    """The process dies in the middle: the row stays, and whoever comes after the lease does the work."""
    start = time.time()

    def die(*args, **kwargs):
        raise SystemExit

    with time_machine.travel(start, tick=False) as clock:
        monkeypatch.setattr(sending, "write_reset_links", die)
        with pytest.raises(SystemExit):
            ask("lena")
        monkeypatch.undo()
        sends()
        assert not mailoutbox
        clock.shift(sending.LEASE)
        sends()
        assert [m.to for m in mailoutbox] == [["lena@example.com"]]


def test_a_link_that_died_while_its_mail_waited_is_not_mailed(lena, mailoutbox, sends):
    written.disconnect(sends)
    services.write_reset_links("lena", origin=SERVER)
    User.objects.filter(pk=lena.pk).update(stamp=9)
    sends()
    assert not mailoutbox
    assert OutgoingMail.objects.get().failure == "stale"


@pytest.mark.parametrize("name", ["lena", "LENA", " lena ", "lena@example.com", "Lena@Example.COM"])
def test_name_or_email_in_whatever_case_mails_one_link(lena, mailoutbox, name):
    ask(name)
    [message] = mailoutbox
    assert message.to == ["lena@example.com"]
    assert len(links_in(message)) == 1
    row = AuditRow.objects.get()
    assert (row.event, row.target_label, row.actor_id, row.detail) == ("reset_requested", "lena", None, {})


def test_the_mail_goes_to_the_address_as_the_account_has_it(owner, mailoutbox):
    """CVE-2019-19844: what looks alike to a database may be somebody else's mailbox."""
    make_member(owner.contracts.get(), "mike", email="mike@example.org")
    ask("m\u0131ke@example.org")
    ask("MIKE@EXAMPLE.ORG")
    assert {m.to[0] for m in mailoutbox} == {"mike@example.org"}


def test_who_is_invited_gets_a_link_too(owner, mailoutbox):
    people(owner.contracts.get())
    ask("ida")
    assert [m.to for m in mailoutbox] == [["ida@example.com"]]


def test_nothing_is_mailed_to_anybody_else(owner, mailoutbox):
    people(owner.contracts.get())
    for name in ("dora", "dora@example.com", "nomail", "nobody", "nobody@example.com", "%", "é"):
        ask(name)
    assert not mailoutbox
    assert not AuditRow.objects.exists()


def test_several_accounts_with_one_email_get_one_mail_with_a_link_each(owner, mailoutbox):
    contract = owner.contracts.get()
    for name in ("anna", "berta", "dora"):
        make_member(contract, name, email="shared@example.com", is_active=name != "dora")
    ask("shared@example.com")
    [message] = mailoutbox
    assert len(set(links_in(message))) == 2
    assert "anna" in message.body
    assert "berta" in message.body
    assert "dora" not in message.body


def test_a_username_that_is_somebody_else_s_email_reaches_both_at_their_own_address(owner, mailoutbox):
    make_member(owner.contracts.get(), "anna@example.com", email="first@example.com")
    make_member(owner.contracts.get(), "berta", email="anna@example.com")
    ask("anna@example.com")
    assert sorted(m.to[0] for m in mailoutbox) == ["anna@example.com", "first@example.com"]
    assert [len(links_in(m)) for m in mailoutbox] == [1, 1]


def test_three_mails_an_hour_for_an_account_silently(lena, mailoutbox):
    answers = {TOKEN.sub("", ask("lena", ip=f"127.0.1.{n}").content.decode()) for n in range(6)}
    assert len(answers) == 1
    assert len(mailoutbox) == 3


def test_never_more_than_three_in_any_hour_and_asking_on_does_not_prolong_it(lena, mailoutbox):
    start = time.time()
    with time_machine.travel(start, tick=False) as clock:
        ask("lena")
        clock.move_to(start + 3000)
        for _ in range(5):
            ask("lena")
        assert len(mailoutbox) == 3
        clock.move_to(start + 3601)
        for _ in range(5):
            ask("lena")
        assert len(mailoutbox) == 4
        clock.move_to(start + 6602)
        for _ in range(5):
            ask("lena")
        assert len(mailoutbox) == 6


def test_twenty_mails_an_hour_for_an_address(owner, mailoutbox):
    contract = owner.contracts.get()
    for n in range(22):
        make_member(contract, f"user{n}", email=f"user{n}@example.com")
        ask(f"user{n}")
    assert len(mailoutbox) == 20
    ask("user21", ip="127.0.0.2")
    assert len(mailoutbox) == 21
    for n in range(3):
        ask("user20", ip=f"127.0.1.{n}")  # what the full address refused cost the account nothing
    assert len(mailoutbox) == 24


def test_the_count_is_no_lock_of_the_account(lena):
    for _ in range(4):
        ask("lena")
    assert not Attempts.objects.filter(user=lena).exists()


@pytest.mark.parametrize("value", ["", "   ", "\0", "a\0b", "x" * 255, "x" * 100_000])
def test_rubbish_is_a_sentence_at_the_field(value):
    answer = ask(value)
    assert answer.status_code == 200
    assert b'aria-invalid="true"' in answer.content


def test_a_field_sent_twice_is_refused(lena, mailoutbox):
    answer = Client().post(FORGOT, {"username_or_email": ["lena", "nobody"]})
    assert "sent twice" in words(answer)
    assert not mailoutbox


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_HOST": "evil.example"},
        {"HTTP_HOST": "127.0.0.1:8000@evil.example"},
        {"HTTP_HOST": "127.0.0.1:8000, evil.example"},
        {"HTTP_HOST": "evil.example:8000"},
        {"HTTP_X_FORWARDED_HOST": "evil.example"},
        {"HTTP_FORWARDED": "host=evil.example"},
        {"HTTP_X_FORWARDED_SERVER": "evil.example"},
        {"HTTP_HOST": "localhost:9", "HTTP_X_FORWARDED_HOST": "evil.example"},
    ],
    ids=str,
)
def test_a_hostile_host_is_in_no_link(lena, mailoutbox, headers):
    answer = ask("lena", **headers)
    assert answer.status_code in (200, 400)
    assert "evil.example" not in answer.content.decode() + str(answer.headers)
    for message in mailoutbox:
        everything = message.body + message.alternatives[0][0] + str(message.message())
        assert "evil.example" not in everything
        assert links_in(message)


def test_without_mail_the_page_says_so_and_nothing_is_done(lena, mailoutbox, settings):
    settings.MAIL_ENABLED = False
    assert "can't send email" in words(Client().get(FORGOT))
    assert "can't send email" in words(ask("lena"))
    assert not mailoutbox
    assert not AuditRow.objects.exists()


def test_a_dead_server_changes_nothing_in_the_answer(lena, settings, sends):
    before = TOKEN.sub("", ask("nobody").content.decode())
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = settings.PANEL_BACKEND, "127.0.0.1", 1
    start = time.time()
    with time_machine.travel(start, tick=False) as clock:
        answer = ask("lena")
        assert TOKEN.sub("", answer.content.decode()) == before
        assert not AuditRow.objects.filter(event="mail_failed").exists()
        for _ in range(2):
            clock.shift(600)
            sends()
    assert AuditRow.objects.get(event="mail_failed").detail == {"mail": "reset", "server": "connection"}
