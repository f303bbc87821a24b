"""Mails: text and HTML from one base, in the account's language, sent once the change they tell of is committed.

The rule: whatever a mail server does (refuse, fall silent, be none at all), it neither undoes a change nor holds a page
up for three seconds. What could not be mailed is a row in the log and is noted on the account, for the page to say.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise

from accounts import audit
from accounts.models import Event, Outcome, User
from accounts.origin import Origin

logger = logging.getLogger("cloudpanel.mail")

PATIENCE_SECONDS = 2.5  # with it, even the slowest page around a mail takes less than three
SILENT_SECONDS = (
    10  # one that kept silent is not asked again so soon: a change to fifty users waits once, not fifty times
)
_UNMAILED = "_unmailed"
_OFF, _SILENT, _REFUSED = "off", "silent", "refused"


@dataclass(frozen=True)
class Letter:
    """`template` names two files, `mail/….txt` and `mail/….html`. `language` may be empty: the panel's default."""

    to: str
    subject: str | Promise
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    language: str = ""


def send(letter: Letter, *, about: User, origin: Origin, otherwise: Callable[[], None] | None = None) -> None:
    """Mails after commit. If that fails: noted on `about` and in the log, and then what is to be done `otherwise`."""

    def after_commit() -> None:
        _send(letter, about, origin, otherwise)

    transaction.on_commit(after_commit, robust=True)


def take_unmailed(user: User) -> bool:
    """Was there a mail about this account, since it was read, that could not be sent? Says so once."""
    return bool(vars(_plain(user)).pop(_UNMAILED, False))


def note_unmailed(user: User) -> None:
    vars(_plain(user))[_UNMAILED] = True


def _plain(user: User) -> User:
    """The account itself: a request's user is a lazy stand-in for it."""
    return getattr(user, "_wrapped", user)


def harmless(text: str) -> str:
    """What people call themselves, on one line and without an address that a mail program would make a link of."""
    return " ".join(text.replace("://", " ").split())


def _send(letter: Letter, about: User, origin: Origin, otherwise: Callable[[], None] | None) -> None:
    failure = _hand_over(letter)
    if not failure:
        return
    note_unmailed(about)
    if failure != _OFF:
        with transaction.atomic():
            detail = {"mail": letter.template, "server": failure}
            audit.record(Event.MAIL_FAILED, origin=origin, outcome=Outcome.FAILED, target=about, detail=detail)
    if otherwise:
        otherwise()


def _hand_over(letter: Letter) -> str:
    """Nothing if the server took the mail, else why not."""
    if not settings.MAIL_ENABLED:
        return _OFF
    if _silence.lasts():
        return _SILENT
    answer: SimpleQueue[str] = SimpleQueue()
    Thread(target=_deliver, args=(_message(letter), answer), name="mail", daemon=True).start()
    try:
        failure = answer.get(timeout=PATIENCE_SECONDS)
    except Empty:  # looking up its name counts too, which no timeout of a socket covers
        failure = _SILENT
    if failure == _SILENT:
        _silence.begin()
    return failure


def _deliver(message: EmailMultiAlternatives, answer: "SimpleQueue[str]") -> None:
    """In a thread of its own. Whatever goes wrong here, the change that was made stands."""
    try:
        answer.put("" if message.send() else _REFUSED)
    except Exception as fault:
        logger.warning("A mail could not be sent: %s", type(fault).__name__)  # its text may name the recipient
        answer.put(_SILENT if isinstance(fault, TimeoutError) else _REFUSED)


def _message(letter: Letter) -> EmailMultiAlternatives:
    language = letter.language or settings.LANGUAGE_CODE
    with translation.override(language):
        subject = " ".join(str(letter.subject).split())
        context = {
            "panel_name": settings.PANEL_NAME,
            "panel_url": settings.PUBLIC_URL,
            "language": language,
            "subject": subject,
            **letter.context,
        }
        text = render_to_string(f"mail/{letter.template}.txt", context)
        html = render_to_string(f"mail/{letter.template}.html", context)
    headers = {"Auto-Submitted": "auto-generated"}  # RFC 3834: no holiday notes in return
    message = EmailMultiAlternatives(
        f"{settings.PANEL_NAME}: {subject}", text.strip() + "\n", to=[letter.to], headers=headers
    )
    message.attach_alternative(html, "text/html")
    return message


class _Silence:
    """Until when this process takes the mail server for silent."""

    until = 0.0

    def lasts(self) -> bool:
        return time.monotonic() < self.until

    def begin(self) -> None:
        self.until = time.monotonic() + SILENT_SECONDS


_silence = _Silence()
