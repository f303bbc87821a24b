"""Ends pending logins of other browsers, which then say why, and asks whether somebody did."""

from typing import Any

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db.models import Exists, Q, QuerySet

from accounts.models import Session, User
from accounts.sessions import services as sessions
from accounts.users.authority import settled
from twofactor.login.pending_login import ENDED, Reason


def end_elsewhere(key: str, user_id: int, reason: Reason) -> None:
    """Ends the pending login in another browser's session (`session_store.row_key`)."""
    _end(Session.objects.filter(session_key=key, user=user_id, signed_in=False), reason)


def end_all(user: User, **signal: Any) -> None:
    """Ends every pending login of an account whose sessions are ended on purpose: it may be a thief's."""
    _end(Session.objects.filter(user=user, signed_in=False), Reason.SESSION)


def _end(rows: QuerySet[Session], reason: Reason) -> None:
    sessions.leave_note(rows, {ENDED: reason.value})


def hold(user: User, row: Session | None) -> None:
    """Keeps the pending login of this row from being ended until the transaction is over, as whoever ends it locks the
    account's row first; or raises SessionInterrupted."""
    if row and not settled(User.objects.filter(pk=user.pk)).filter(goes_on(row)).exists():
        raise SessionInterrupted


def goes_on(row: Session | None) -> Q:
    """Nobody has ended the pending login of this row since it was read. Ask it with the account's row locked."""
    return Q(Exists(Session.objects.filter(pk=row.pk, user=row.user_id, signed_in=False))) if row else Q()
