"""Talks to the mail server under the panel's own name, and classifies errors."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, partial
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail.backends.smtp import EmailBackend

from accounts.models import MailFailure


class _PanelName:
    """EHLO with the host of `PUBLIC_URL`, since strict servers reject a machine's short name (RFC 5321, 4.1.1.1)."""

    def __init__(self, *args: Any, backend: "PanelBackend", **kwargs: Any) -> None:
        backend.talk = cast(smtplib.SMTP, self)
        super().__init__(*args, **kwargs | {"local_hostname": settings.MAIL_HELO})


class _Smtp(_PanelName, smtplib.SMTP):
    pass


class _SmtpTls(_PanelName, smtplib.SMTP_SSL):
    pass


class PanelBackend(EmailBackend):
    """Django's backend, with the panel's name and the operator's own certificate authority (`EMAIL_CA_FILE`)."""

    connection: smtplib.SMTP | None
    talk: smtplib.SMTP | None = None
    """The connection that was opened last, from its first byte on."""

    @property
    def connection_class(self) -> Callable[..., smtplib.SMTP]:
        return partial(_SmtpTls if self.use_ssl else _Smtp, backend=self)

    def answers(self) -> bool:
        """Whether the open connection still works. The server may have closed it in the meantime."""
        try:
            return self.connection is not None and self.connection.noop()[0] == 250
        except OSError:
            return False

    def cut(self) -> None:
        """Closes the connection at once, from any thread. A thread that uses it gets an error."""
        if self.talk and self.talk.sock:
            with suppress(OSError):
                self.talk.sock.shutdown(socket.SHUT_RDWR)

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if settings.EMAIL_CA_FILE:
            context.load_verify_locations(settings.EMAIL_CA_FILE)
        return context


_OPENING = (
    (socket.gaierror, MailFailure.NAME),
    (ssl.SSLCertVerificationError, MailFailure.CERTIFICATE),
    (ssl.SSLError, MailFailure.ENCRYPTION),
    (smtplib.SMTPNotSupportedError, MailFailure.ENCRYPTION),
    (smtplib.SMTPAuthenticationError, MailFailure.LOGIN),
    (TimeoutError, MailFailure.SILENT),
    (smtplib.SMTPResponseException, MailFailure.REFUSED),
    (OSError, MailFailure.CONNECTION),
)
_SENDING = (
    (ValidationError, MailFailure.RECIPIENT),
    (smtplib.SMTPRecipientsRefused, MailFailure.RECIPIENT),
    (smtplib.SMTPSenderRefused, MailFailure.SENDER),
    (smtplib.SMTPServerDisconnected, MailFailure.CONNECTION),
    (smtplib.SMTPException, MailFailure.REFUSED),
    (TimeoutError, MailFailure.SILENT),
    (OSError, MailFailure.CONNECTION),
)


def while_opening(fault: Exception) -> MailFailure:
    return _word(_OPENING, fault)


def while_sending(fault: Exception) -> MailFailure:
    return _word(_SENDING, fault)


def _word(words: tuple[tuple[type[Exception], MailFailure], ...], fault: Exception) -> MailFailure:
    if isinstance(fault.__context__, TimeoutError):  # smtplib calls that a connection closed by the server
        return MailFailure.SILENT
    return next((word for kind, word in words if isinstance(fault, kind)), MailFailure.REFUSED)
