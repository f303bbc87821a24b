"""Real SMTP servers on loopback: willing, strict, refusing, silent."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Mailbox:
    """What an SMTP server took, as parsed messages and as bytes."""

    def __init__(self, *, seconds: float = 0) -> None:
        self.taken: list = []
        self.raw: list[bytes] = []
        self.helos: list[str] = []
        self.refused: set[str] = set()
        self.seconds = seconds
        """How long each mail takes."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refused:
            return "550 No such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        await asyncio.sleep(self.seconds)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.raw.append(envelope.content)
        self.helos.append(session.host_name)
        self.taken.append((envelope.rcpt_tos, message, session.ssl is not None))
        return "250 OK"

    def addresses(self) -> list[str]:
        return sorted(address for recipients, _, _ in self.taken for address in recipients)


class Strict(SMTP):
    """No 8BITMIME, and EHLO only with a full host name, as careful servers have it."""

    async def smtp_EHLO(self, hostname: str) -> None:
        if "." not in hostname:
            await self.push("550 5.7.1 Full host name required")
            return
        self.session.host_name = hostname
        self.session.extended_smtp = True
        await self.push("250 strict.example.com")

    smtp_HELO = smtp_EHLO


class StrictController(Controller):
    def factory(self) -> SMTP:
        return Strict(self.handler, **self.SMTP_kwargs)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def use(settings):
    """The panel's mail server is the one at this port."""

    def use(port: int, **more: Any) -> None:
        settings.EMAIL_BACKEND = settings.PANEL_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        for name, value in more.items():
            setattr(settings, name, value)

    return use


@pytest.fixture
def server(use) -> Iterator:
    """Starts SMTP servers that take what comes, and stops them again."""
    running = []

    def start(*, strict: bool = False, seconds: float = 0, **tls: Any) -> Mailbox:
        box = Mailbox(seconds=seconds)
        controller = (StrictController if strict else Controller)(box, hostname="127.0.0.1", port=free_port(), **tls)
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
    use(listening.getsockname()[1], EMAIL_TIMEOUT=0.5)
    yield listening
    listening.close()


def make_certificate(folder) -> ssl.SSLContext:
    """For 127.0.0.1, signed by nobody but itself: `cert.pem` is its authority."""
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


def wait_for(condition, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
