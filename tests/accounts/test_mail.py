"""Mails against real servers on loopback: willing, with STARTTLS, refusing, silent, and none at all."""

import datetime
import ipaddress
import socket
import ssl
import threading
import time
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction

from accounts import mail
from accounts.mail import Letter
from accounts.models import AuditRow, User
from accounts.origin import Origin
from tests.factories import make_owner

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = Origin("127.0.0.9", "test")


class Mailbox:
    """What an SMTP server took, as parsed messages."""

    def __init__(self) -> None:
        self.taken: list = []
        self.refused: set[str] = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.taken.append((envelope.rcpt_tos, message, session.ssl is not None))
        return "250 OK"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture(autouse=True)
def _server_is_not_known_as_silent(monkeypatch):
    monkeypatch.setattr(mail._silence, "until", 0.0)


@pytest.fixture
def use(settings):
    def use(port: int, **more) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        for name, value in more.items():
            setattr(settings, name, value)

    return use


@pytest.fixture
def server(use):
    """Starts SMTP servers that take what comes, and stops them again."""
    running = []

    def start(**tls) -> Mailbox:
        box = Mailbox()
        controller = Controller(box, hostname="127.0.0.1", port=free_port(), **tls)
        controller.start()
        running.append(controller)
        use(controller.port)
        return box

    yield start
    for controller in running:
        controller.stop()


@pytest.fixture
def silent(use):
    """Takes the connection and never says a word."""
    listening = socket.create_server(("127.0.0.1", 0))
    use(listening.getsockname()[1])
    yield listening
    listening.close()


@pytest.fixture
def user() -> User:
    return make_owner(email="olivia@example.com", language="de")


def letter(to: str = "olivia@example.com", subject: str = "A subject", **context) -> Letter:
    return Letter(to, subject, "notice", {"name": "Olivia", "paragraphs": ["It happened."], **context})


def send(user: User, one: Letter, **more) -> float:
    began = time.monotonic()
    with transaction.atomic():
        mail.send(one, about=user, origin=ORIGIN, **more)
    return time.monotonic() - began


def test_a_mail_has_text_and_html_and_says_that_it_is_automatic(user, server):
    box = server()
    send(user, letter())
    [(recipients, message, _)] = box.taken
    assert recipients == ["olivia@example.com"]
    assert message["Subject"] == "Cloud Panel: A subject"
    assert message["Auto-Submitted"] == "auto-generated"
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "It happened." in text
    assert "<" not in text
    assert "<p>It happened.</p>" in html
    assert "http://127.0.0.1:8000" in text
    assert not mail.take_unmailed(user)
    assert not AuditRow.objects.exists()


def test_what_is_rolled_back_is_not_mailed(user, server):
    box = server()
    with transaction.atomic():
        mail.send(letter(), about=user, origin=ORIGIN)
        transaction.set_rollback(True)
    assert not box.taken


def test_mails_are_escaped_in_html_and_only_there(user, server):
    box = server()
    send(user, letter(name='<b>"O\'Brien" & sons</b>'))
    message = box.taken[0][1]
    assert '<b>"O\'Brien" & sons</b>' in message.get_body(("plain",)).get_content()
    assert "<b>" not in message.get_body(("html",)).get_content()


@pytest.mark.parametrize(
    "text", ["x\r\nBcc: evil@example.com", "x\nSubject: y", "x\r\n\r\nbody", "x\u2028y\0", "é" * 300]
)
def test_names_inject_no_headers(user, server, text):
    box = server()
    send(user, letter(subject=text, name=mail.harmless(text)))
    [(recipients, message, _)] = box.taken
    assert recipients == ["olivia@example.com"]
    assert message["Bcc"] is None
    assert len(message.get_all("Subject")) == 1


def test_an_address_with_a_line_end_is_never_mailed_to(user, server):
    box = server()
    send(user, letter(to="olivia@example.com\r\nRCPT TO:<evil@example.com>"))
    assert not box.taken
    assert mail.take_unmailed(user)


def make_certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "cert.pem").write_bytes(certificate.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def test_starttls_encrypts_what_is_mailed(user, server, use, settings, tmp_path, monkeypatch):
    box = server(tls_context=make_certificate(tmp_path), require_starttls=True)
    settings.EMAIL_USE_TLS = True
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    send(user, letter())
    assert [encrypted for _, _, encrypted in box.taken] == [True]


def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(user, server, settings, tmp_path):
    box = server(tls_context=make_certificate(tmp_path), require_starttls=True)
    settings.EMAIL_USE_TLS = True
    send(user, letter())
    assert not box.taken
    assert mail.take_unmailed(user)


def test_a_server_that_insists_on_encryption_gets_nothing_in_clear(user, server, tmp_path):
    box = server(tls_context=make_certificate(tmp_path), require_starttls=True)
    send(user, letter())
    assert not box.taken
    assert mail.take_unmailed(user)


def test_a_refused_connection_is_noted_and_costs_next_to_nothing(user, use):
    use(free_port())
    done = []
    assert send(user, letter(), otherwise=lambda: done.append(True)) < 1
    assert done == [True]
    assert mail.take_unmailed(user)
    assert not mail.take_unmailed(user)
    row = AuditRow.objects.get()
    assert (row.event, row.outcome, row.target_label, row.ip) == ("mail_failed", "failed", "owner", "127.0.0.9")
    assert row.detail == {"mail": "notice", "server": "refused"}


def test_a_refused_recipient_is_noted_and_trips_nothing(user, server):
    box = server()
    box.refused.add("gone@example.com")
    send(user, letter(to="gone@example.com"))
    assert mail.take_unmailed(user)
    send(user, letter())
    assert len(box.taken) == 1


def test_a_silent_server_holds_a_change_up_for_less_than_three_seconds(user, silent):
    took = send(user, letter())
    assert 2 < took < 2.9
    assert AuditRow.objects.get().detail["server"] == "silent"
    assert mail.take_unmailed(user)


def test_a_silent_server_is_not_asked_again_at_once_but_later(user, silent, server, monkeypatch):
    send(user, letter())
    box = server()
    assert send(user, letter()) < 0.5
    assert not box.taken
    monkeypatch.setattr(mail._silence, "until", time.monotonic() - 1)
    send(user, letter())
    assert len(box.taken) == 1


def test_a_server_that_drips_holds_nothing_up_either(user, use):
    """Each line in time, never the end: no timeout of a socket catches that."""
    listening = socket.create_server(("127.0.0.1", 0))
    use(listening.getsockname()[1])
    over = threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            while not over.wait(0.2):
                connection.sendall(b"220-not yet\r\n")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        assert send(user, letter()) < 2.9
    finally:
        over.set()
        thread.join()
        listening.close()
    assert mail.take_unmailed(user)


def test_a_mail_that_can_t_be_drawn_undoes_nothing(user, server):
    server()
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(name="Changed")
        mail.send(Letter("olivia@example.com", "x", "there_is_no_such_mail"), about=user, origin=ORIGIN)
    assert User.objects.get(pk=user.pk).name == "Changed"


def test_without_mail_nothing_is_mailed_and_no_row_says_that_it_failed(user, settings, mailoutbox):
    settings.MAIL_ENABLED = False
    done = []
    send(user, letter(), otherwise=lambda: done.append(True))
    assert not mailoutbox
    assert done == [True]
    assert mail.take_unmailed(user)
    assert not AuditRow.objects.exists()


def test_the_server_s_log_names_nobody(user, use, caplog):
    use(free_port())
    send(user, letter())
    assert "could not be sent" in caplog.text
    assert "olivia" not in caplog.text
