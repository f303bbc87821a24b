"""Ends pending logins of other browsers, which then say why, and asks whether somebody did."""

from typing import Any

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db.models import Exists, Q, QuerySet, Subquery

from accounts.gate.request import PanelRequest
from accounts.models import Session, User
from accounts.sessions import services as sessions
from accounts.users.authority import settled
from twofactor.login.pending_login import ENDED, LoginState, Reason, row_of


def end_elsewhere(key: str, user_id: int, reason: Reason) -> None:
    """Ends the pending login in another browser's session (`session_store.row_key`)."""
    _end(Session.objects.filter(session_key=key, user=user_id, signed_in=False), reason)


def end_all(user: User, **signal: Any) -> None:
    """Ends every pending login of an account whose sessions are ended on purpose: it may be a thief's."""
    _end(Session.objects.filter(user=user, signed_in=False), Reason.SESSION)


def _end(rows: QuerySet[Session], reason: Reason) -> None:
    sessions.leave_note(rows, {ENDED: reason.value})


def hold(request: PanelRequest, user: User, login: LoginState) -> None:
    """Keeps this pending login from being ended until the transaction is over, as whoever ends it locks the account's
    row first; or raises SessionInterrupted."""
    if row_of(request, login):
        rows = settled(User.objects.filter(pk=user.pk))
        if not rows.filter(goes_on(request, login)).exists():
            raise SessionInterrupted


def goes_on(request: PanelRequest, login: LoginState) -> Q:
    """Nobody has ended this pending login since the request found it, nor the session in which the other request of a
    double click has completed it. Ask it with the account's row locked."""
    row = row_of(request, login)
    if row is None:
        return Q()
    left = Session.objects.filter(pk=row.pk, user=None).exclude(sid="").values("sid")  # names the session after it
    pending, completed = Q(pk=row.pk, signed_in=False), Q(sid=Subquery(left), signed_in=True)
    return Q(Exists(Session.objects.filter(pending | completed, user=row.user_id)))
