"""What the sender does with mails, against real servers on loopback."""

import socket
import threading
import time
from datetime import timedelta

import pytest
import time_machine
from aiosmtpd.smtp import AuthResult
from django.db import connection, transaction

from accounts.models import AuditRow, Event, MailFailure, MailKind, Notice, OutgoingMail, User
from accounts.notices import services as notices
from accounts.origin import Origin
from accounts.outbox import letters, rows, sending, smtp
from accounts.outbox.email import Email, harmless, message
from accounts.outbox.rows import NOTHING_MAILED, Mailed
from accounts.outbox.sending import Sender
from accounts.reset import services
from tests.factories import make_member, make_owner
from tests.sinks import free_port, make_certificate

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = Origin("127.0.0.9", "test")


@pytest.fixture
def user() -> User:
    return make_owner(email="olivia@example.com", language="de")


def write(user: User, **more) -> Mailed:
    with transaction.atomic():
        return notices.notify(user, Event.USER_PASSWORD, **{"origin": ORIGIN, "actor": user} | more)


def send_all() -> int:
    sender, handled = Sender(), 0
    while sender.send_next():
        handled += 1
    return handled


def failure() -> str:
    return OutgoingMail.objects.get().failure


def test_a_mail_has_text_and_html_and_says_that_it_is_automatic(user, server):
    box = server()
    mailed = write(user)
    assert not box.taken
    send_all()
    [(recipients, mail, _)] = box.taken
    assert recipients == ["olivia@example.com"]
    assert mail["Subject"] == "Cloud Panel: Ihr Passwort wurde geändert"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "Ihr Passwort wurde geändert." in text
    assert "<" not in text
    assert "<p>Ihr Passwort wurde geändert.</p>" in html
    assert "http://127.0.0.1:8000" in text
    assert not rows.is_unsent(mailed)
    assert not AuditRow.objects.exists()
    assert not rows.waiting().exists()


def test_what_is_rolled_back_is_not_mailed(user, server):
    box = server()
    with transaction.atomic():
        notices.notify(user, Event.USER_PASSWORD, origin=ORIGIN, actor=user)
        transaction.set_rollback(True)
    assert send_all() == 0
    assert not box.taken


def test_f17_the_panel_calls_itself_by_the_host_of_its_address(user, server, settings):
    settings.MAIL_HELO = "panel.example.com"
    box = server(strict=True)
    write(user)
    send_all()
    [(_, mail, _)] = box.taken
    assert box.helos == ["panel.example.com"]
    assert mail["Message-ID"].endswith("@panel.example.com>")


def test_f18_every_byte_of_a_mail_is_ascii(user, server, settings):
    """Umlauts in subject, text and HTML, to a server that does not know 8BITMIME."""
    settings.MAIL_HELO = "panel.example.com"
    settings.PANEL_NAME = "Bäckerei Özgür"
    box = server(strict=True)
    write(user)
    send_all()
    [raw] = box.raw
    assert raw.isascii()
    assert max(map(len, raw.split(b"\r\n"))) < 998
    mail = box.taken[0][1]
    assert "geändert" in mail.get_body(("plain",)).get_content()
    assert "Bäckerei Özgür" in str(mail["Subject"])


@pytest.mark.parametrize(
    "text", ["x\r\nBcc: evil@example.com", "x\nSubject: y", "x\r\n\r\nbody", "x\u2028y\0", "é" * 300]
)
def test_names_inject_no_headers(text):
    mail = message(
        Email("olivia@example.com", text, "notice", {"name": harmless(text), "paragraphs": ["It happened."]})
    ).message()
    assert mail["Bcc"] is None
    assert len(mail.get_all("Subject")) == 1


def test_mails_are_escaped_in_html_and_only_there():
    name = '<b>"O\'Brien" & sons<b>'
    mail = message(Email("olivia@example.com", "x", "notice", {"name": name, "paragraphs": []}))
    assert name in mail.body
    assert "<b>" not in mail.alternatives[0][0]


@pytest.mark.parametrize(
    "name",
    [
        "Your parcel is waiting: www.evil.example/pay",
        "https://evil.example/x",
        "evil\u3002example",
        "evil\u200b.example",
        "pay@evil.example",
    ],
)
def test_s18_no_mail_program_makes_a_link_of_a_name(name):
    said = harmless(name)
    assert not any(dot in said for dot in (".e", "\u3002e", "://"))
    assert harmless("Dr. O'Neil jun.") == "Dr. O'Neil jun."


def test_an_address_with_a_line_end_is_never_mailed_to(user, server):
    box = server()
    user.email = "olivia@example.com\r\nRCPT TO:<evil@example.com>"
    write(user)
    send_all()
    assert not box.taken
    assert failure() == "recipient"


def test_starttls_encrypts_and_o10_the_operators_own_authority_counts(user, server, settings, tmp_path):
    box = server(tls_context=make_certificate(tmp_path), require_starttls=True)
    settings.EMAIL_USE_TLS, settings.EMAIL_CA_FILE = True, str(tmp_path / "cert.pem")
    write(user)
    send_all()
    assert [encrypted for _, _, encrypted in box.taken] == [True]


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(user, server, settings, tmp_path):
    box = server(tls_context=make_certificate(tmp_path), require_starttls=True)
    settings.EMAIL_USE_TLS = True
    write(user)
    send_all()
    assert not box.taken
    assert failure() == "certificate"


def test_a_server_that_insists_on_encryption_gets_nothing_in_clear(user, server, tmp_path):
    box = server(tls_context=make_certificate(tmp_path), require_starttls=True)
    write(user)
    send_all()
    assert not box.taken
    assert failure() == "sender"


def test_o10_a_server_without_encryption_or_login_is_named_as_such(user, server, settings):
    server()
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "panel", "secret"
    write(user)
    send_all()
    assert failure() == "encryption"


def test_o10_a_refused_login_is_named_as_such_and_no_log_has_the_password(user, server, settings, caplog):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "panel", "wrong password"
    server(auth_require_tls=False, authenticator=lambda *_: AuthResult(success=False, handled=False))
    write(user)
    send_all()
    assert failure() == "login"
    assert "login" in caplog.text
    assert "wrong password" not in caplog.text
    assert "olivia" not in caplog.text


def test_o10_an_unknown_name_a_silence_and_a_refused_connection_have_words_of_their_own(user, use, silent, settings):
    write(user)
    send_all()
    assert failure() == "silent"
    for host, port, word in (("127.0.0.1", free_port(), "connection"), ("no-such-host.invalid", 25, "name")):
        OutgoingMail.objects.all().delete()
        settings.EMAIL_HOST, settings.EMAIL_PORT = host, port
        write(user)
        send_all()
        assert failure() == word


def test_three_attempts_within_fifteen_minutes_then_the_notice_waits_and_the_page_says_so(user, use, server):
    use(free_port())
    start = time.time()
    with time_machine.travel(start, tick=False) as clock:
        write(user)
        tries = []
        for _ in range(15 * 60 // 10):
            if send_all():
                tries.append(round(time.time() - start))
            assert AuditRow.objects.exists() == (len(tries) == 3)
            assert Notice.objects.exists() == (len(tries) == 3)
            clock.shift(10)
        assert tries == [0, 120, 600]
    row = AuditRow.objects.get()
    assert (row.event, row.outcome, row.target_label, row.ip) == ("mail_failed", "failed", "owner", "127.0.0.9")
    assert row.detail == {"mail": "notice", "server": "connection"}
    notice = Notice.objects.get()
    assert (notice.user, notice.event, notice.at) == (user, "user_password", OutgoingMail.objects.get().created_at)
    marked = User.objects.get(pk=user.pk)
    assert (marked.mail_failure, marked.mail_failed_at is None) == ("connection", False)
    server()
    write(user)
    send_all()
    reached = User.objects.get(pk=user.pk)
    assert (reached.mail_failure, reached.mail_failed_at) == ("", None)


def test_a_server_that_comes_back_gets_the_mail_once(user, use, server):
    use(free_port())
    with time_machine.travel(time.time(), tick=False) as clock:
        write(user)
        send_all()
        box = server()
        clock.shift(120)
        send_all()
        clock.shift(1200)
        send_all()
    assert box.addresses() == ["olivia@example.com"]
    assert not AuditRow.objects.exists()
    assert not Notice.objects.exists()


@pytest.mark.timed
def test_a_server_that_is_away_is_asked_once_for_all_that_wait(user, silent):
    """A thousand mails and a server that keeps silent: one wait, not a thousand."""
    for _ in range(30):
        write(user)
    began = time.monotonic()
    assert send_all() == 1
    assert time.monotonic() - began < 5
    assert set(OutgoingMail.objects.values_list("attempts", "failure")) == {(1, "silent")}


def test_a_refused_recipient_holds_nobody_else_up(user, server):
    box = server()
    box.refused.add("lena@example.com")
    lena = make_member(user.contracts.get(), email="lena@example.com")
    write(lena)
    write(user)
    send_all()
    assert box.addresses() == ["olivia@example.com"]
    assert OutgoingMail.objects.get(about=lena).failure == "recipient"


def test_one_line_to_the_server_carries_what_waits_and_a_broken_one_is_opened_anew(user, server, monkeypatch):
    box = server()
    opened = []
    connect = smtp.PanelBackend.open
    monkeypatch.setattr(smtp.PanelBackend, "open", lambda self: connect(self) and opened.append(True))
    sender = Sender()
    for _ in range(4):
        write(user)
    sender.send_next()
    sender.send_next()
    assert len(opened) == 1
    sender._line.connection.sock.shutdown(socket.SHUT_RDWR)
    sender.send_next()
    sender.send_next()
    assert len(opened) == 2
    assert len(box.taken) == 4
    sender.hang_up()


@pytest.mark.timed
def test_a_server_that_drips_is_cut_off(user, use, monkeypatch):
    """Each line in time, never the end: no timeout of a socket catches that."""
    monkeypatch.setattr(sending, "LONGEST_SECONDS", 1)
    listening = socket.create_server(("127.0.0.1", 0))
    use(listening.getsockname()[1])
    over = threading.Event()

    def drip() -> None:
        link, _ = listening.accept()
        with link:
            while not over.wait(0.2):
                try:
                    link.sendall(b"220-not yet\r\n")
                except OSError:
                    return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        write(user)
        began = time.monotonic()
        send_all()
        assert time.monotonic() - began < 5
    finally:
        over.set()
        thread.join()
        listening.close()
    assert failure() == "connection"


def test_a_mail_that_can_t_be_drawn_is_given_up_like_any_other(user, server, monkeypatch):
    box = server()
    lena = make_member(user.contracts.get(), email="lena@example.com")
    write(user)
    OutgoingMail.objects.update(facts={})
    write(lena)
    send_all()
    assert box.addresses() == ["lena@example.com"]
    assert OutgoingMail.objects.get(about=user).attempts == 1


def test_a_mail_about_nobody_is_given_up_and_holds_nobody_up(user, server):
    """It was written at the moment in which its account was deleted."""
    nobody = user.pk + 1
    write(user)
    OutgoingMail.objects.update(about=nobody, reader=nobody, attempts=len(sending.PAUSES))
    write(user)
    sending.put_off(sending.due(), MailFailure.CONNECTION)
    assert OutgoingMail.objects.get(about=nobody).finished_at
    assert OutgoingMail.objects.get(about=user).attempts == 1


def test_a_mail_taken_by_somebody_who_died_is_sent_once_the_lease_has_run_out(user, server):
    box = server()
    with time_machine.travel(time.time(), tick=False) as clock:
        write(user)
        assert sending.take(sending.ready())
        assert sending.take(sending.ready()) is None
        assert send_all() == 0
        clock.shift(sending.LEASE)
        assert send_all() == 1
    assert box.addresses() == ["olivia@example.com"]


def test_many_senders_at_once_send_each_mail_once(user, server):
    box = server(seconds=0.01)
    people = [make_member(user.contracts.get(), f"user{n}", email=f"user{n}@example.com") for n in range(20)]
    for person in people:
        write(person)

    def work() -> None:
        send_all()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert box.addresses() == sorted(person.email for person in people)


def test_links_that_somebody_asked_for_come_before_a_heap_of_notices(user, server):
    box = server()
    for _ in range(3):
        write(user)
    lena = make_member(user.contracts.get(), email="lena@example.com")
    mail = OutgoingMail(kind=MailKind.RESET, rank=rows.RANKS[MailKind.RESET], address="x@example.com", about=lena)
    mail.facts = {"accounts": [[lena.pk, letters.links.binding(letters.LinkPurpose.RESET, lena)]]}
    mail.save()
    Sender().send_next()
    assert box.addresses() == ["x@example.com"]


def test_without_mail_nothing_is_written_and_what_waited_goes_to_the_next_login(user, settings, use):
    use(free_port())
    write(user)
    settings.MAIL_ENABLED = False
    send_all()
    assert Notice.objects.count() == 1
    assert rows.is_unsent(write(user))
    assert OutgoingMail.objects.count() == 1
    assert not User.objects.filter(mail_failed_at__isnull=False).exists()


@pytest.fixture
def patient(settings, monkeypatch):
    settings.MAIL_WAIT_SECONDS = 1
    monkeypatch.setattr(rows._patience, "none_until", 0.0)


@pytest.mark.timed
def test_a_page_waits_for_the_first_attempt_of_its_mails(user, use, patient):
    use(free_port())

    def soon() -> None:
        time.sleep(0.2)
        send_all()
        connection.close()

    mailed = write(user)
    thread = threading.Thread(target=soon)
    thread.start()
    began = time.monotonic()
    assert rows.unmailed({user: mailed}) == [user]
    assert time.monotonic() - began < 0.9
    thread.join()


@pytest.mark.timed
def test_s17_a_page_waits_once_and_not_for_many(user, patient):
    mailed = write(user)
    began = time.monotonic()
    assert not rows.is_unsent(mailed)
    assert 0.9 < time.monotonic() - began < 1.5
    for _ in range(2):
        assert not rows.is_unsent(write(user))  # nobody sends, as it has just seen
    rows._patience.none_until = 0.0
    mailed = sum((write(user) for _ in range(rows.FEW + 1)), NOTHING_MAILED)
    assert not rows.is_unsent(mailed)
    assert time.monotonic() - began < 1.9


def test_nothing_secret_waits_in_the_database(user):
    """Neither a link nor what was typed at the page for forgotten passwords."""
    member = make_member(user.contracts.get(), email="lena@example.com")
    services.invite(actor=user, target=member, origin=ORIGIN)
    services.request_email(actor=user, target=member, email="new@example.com", origin=ORIGIN)
    services.ask_for_link("typed in the wrong field", origin=ORIGIN)
    assert OutgoingMail.objects.count() == 3
    for row in OutgoingMail.objects.values():
        assert "password/reset" not in str(row)
        assert "typed" not in str(row["facts"].get("typed"))
        assert "wrong field" not in str(row)


def test_a_lease_outlives_the_longest_conversation():
    assert timedelta(seconds=sending.LONGEST_SECONDS) < sending.LEASE
    assert sum(sending.PAUSES, timedelta()) < timedelta(minutes=15)
