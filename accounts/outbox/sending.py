"""Sends due mail: three attempts within 15 minutes, then the notice waits for the next login and pages show the
failure.

A sender takes a mail by a conditional update that hides it from other senders for a while, so that several machines
don't send it twice. If the sender crashes, the mail is sent after this lease has expired.
"""

import logging
from datetime import datetime, timedelta
from threading import Timer

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from accounts import clock, sealing
from accounts.audit.record import record_event
from accounts.models import Event, MailFailure, MailKind, Notice, Outcome, OutgoingMail, User
from accounts.origin import Origin
from accounts.outbox import letters, rows, smtp
from accounts.outbox.email import message
from accounts.outbox.smtp import PanelBackend
from accounts.reset import limits
from accounts.reset.services import write_reset_links

logger = logging.getLogger("cloudpanel.mail")

LEASE = timedelta(minutes=3)
LONGEST_SECONDS = 120
"""For one mail, within the lease. A slow server is cut off."""
PAUSES = (timedelta(minutes=2), timedelta(minutes=8))
"""After the first and the second failure. After the third it is given up."""


class Sender:
    """Keeps one connection to the mail server open while there is mail to send."""

    def __init__(self) -> None:
        self._line: PanelBackend | None = None
        self._has_looked_up = False

    def send_next(self) -> bool:
        """Handles one due mail; False if there is none. After a lookup a mail comes first: anybody may cause lookups,
        and they must not keep mails waiting."""
        row = (take(due()) if self._has_looked_up else None) or take(ready())
        if row is None:
            self.hang_up()
            return False
        self._has_looked_up = row.kind == MailKind.FORGOT
        if self._has_looked_up:
            look_up(row)
        else:
            self._send(row)
        return True

    def _send(self, row: OutgoingMail) -> None:
        if not settings.MAIL_ENABLED:
            give_up(row, MailFailure.OFF)
        else:
            self._try(row)

    def _try(self, row: OutgoingMail) -> None:
        try:
            email = letters.email_of(row)
            if email is None:
                finish(row, MailFailure.STALE)
                return
            if limits.exhausted(row):
                give_up(row, MailFailure.LIMIT)
                return
            self._hand_over(message(email))
        except _ServerAway as away:
            put_off(rows.in_hand(row) | due(), away.failure)
        except DatabaseError:
            raise
        except Exception as fault:
            failure = smtp.while_sending(fault)
            _warn(fault, failure)
            self.hang_up()
            put_off(rows.in_hand(row), failure)
        else:
            sent(row)

    def _hand_over(self, message: EmailMessage) -> None:
        connection = get_connection()
        if not isinstance(connection, PanelBackend):
            connection.send_messages([message])
            return
        line = self._line or connection
        limit = Timer(LONGEST_SECONDS, line.cut)
        limit.daemon = True
        limit.start()
        try:
            self._open(line)
            line.send_messages([message])
        finally:
            limit.cancel()

    def _open(self, line: PanelBackend) -> None:
        """If the server has closed the connection in the meantime, a new one is opened."""
        if line.connection and not line.answers():
            line.connection = None
        try:
            line.open()
        except Exception as fault:
            failure = smtp.while_opening(fault)
            _warn(fault, failure)
            self._line = None
            raise _ServerAway(failure) from fault
        self._line = line

    def hang_up(self) -> None:
        line, self._line = self._line, None
        if line:
            try:
                line.close()
            except Exception as fault:
                logger.info("The line to the mail server broke: %s", type(fault).__name__)


class _ServerAway(Exception):
    """No mail can be sent now, whoever its recipient is."""

    def __init__(self, failure: MailFailure) -> None:
        self.failure = failure


def _warn(fault: Exception, failure: MailFailure) -> None:
    """The error's own message may name the recipient."""
    logger.warning("A mail could not be sent: %s (%s)", failure.value, type(fault).__name__)


def ready() -> QuerySet[OutgoingMail]:
    """Rows that may be handled now, including those that a clock running ahead has postponed too far."""
    now = timezone.now()
    other_clock = Q(due_at__gt=clock.latest_possible(now) + max(LEASE, *PAUSES))
    return rows.waiting().filter(Q(due_at__lte=now) | other_clock)


def due() -> QuerySet[OutgoingMail]:
    """Mails that may be sent now: all that are ready, except links that have yet to be looked up."""
    return ready().exclude(kind=MailKind.FORGOT)


def take(mails: QuerySet[OutgoingMail]) -> OutgoingMail | None:
    """Takes the next one of these, hidden from other senders for the lease."""
    next_ones = mails.order_by("rank", "due_at", "id")
    if not next_ones.exists():  # asked first: a transaction on SQLite would lock out whoever writes
        return None
    until = timezone.now() + LEASE
    with transaction.atomic():
        row = next_ones.select_for_update(skip_locked=True).first()
        if row is None or not rows.in_hand(row).update(due_at=until):
            return None
        row.due_at = until
    return row


def look_up(row: OutgoingMail) -> None:
    """Looks up whose name was typed at `/password/forgot/` and writes their links. The row is always deleted."""
    typed = sealing.unseal(row.facts["typed"])
    if typed is not None:
        write_reset_links(typed, origin=Origin(row.ip, row.user_agent))
    row.delete()


def finish(row: OutgoingMail, failure: str = "") -> bool:
    """Whether it was this sender that finished it."""
    return bool(rows.in_hand(row).update(finished_at=timezone.now(), failure=failure))


def sent(row: OutgoingMail) -> None:
    with transaction.atomic():
        finish(row)
        reached = _reader(row).filter(email=row.address, mail_failed_at__isnull=False)
        reached.update(mail_failed_at=None, mail_failure="")


def put_off(mails: QuerySet[OutgoingMail], failure: MailFailure) -> None:
    """Counts a failed attempt for each of them: they are sent later, or given up. Postponed mails leave the set."""
    for row in mails.filter(attempts__gte=len(PAUSES)):
        give_up(row, failure)
    now = timezone.now()
    for attempts, pause in reversed(list(enumerate(PAUSES))):
        mails.filter(attempts=attempts).update(attempts=F("attempts") + 1, failure=failure, due_at=now + pause)


def give_up(row: OutgoingMail, failure: MailFailure) -> None:
    """Logs the failure and shows it on the user's page. The notice waits for the next login."""
    with transaction.atomic():
        if not finish(row, failure):
            return
        if failure != MailFailure.OFF:
            _mark(row, failure, timezone.now())
        about = User.objects.filter(pk=row.about_id or 0).first()
        detail = {"mail": row.kind, "server": failure.value}
        origin = Origin(row.ip, row.user_agent)
        record_event(Event.MAIL_FAILED, origin=origin, outcome=Outcome.FAILED, target=about, detail=detail)
        if row.kind == MailKind.NOTICE:
            _keep(letters.notice_of(row))


def _mark(row: OutgoingMail, failure: MailFailure, now: datetime) -> None:
    at_this_address = Q(email=row.address) | Q(pending_email=row.address)
    _reader(row).filter(at_this_address).update(mail_failed_at=now, mail_failure=failure)


def _reader(row: OutgoingMail) -> QuerySet[User]:
    return User.objects.filter(pk=row.reader_id or 0)


def _keep(notice: Notice) -> None:
    """Makes the notice wait once, however many of its mails failed."""
    same = Notice.objects.filter(user_id=notice.user_id, event=notice.event, at=notice.at)
    if not same.exists():
        notice.save(force_insert=True)
