"""Ends pending logins of other browsers, which then say why, and asks whether somebody did."""

from typing import Any

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db.models import QuerySet

from accounts.gate.request import PanelRequest
from accounts.models import Session, User
from accounts.models.prepared import first
from accounts.sessions import services as sessions
from accounts.users.authority import settled
from twofactor.login.pending_login import ENDED, LoginState, Reason, row_of

# The note that a completed login leaves under its key belongs to nobody, and names the session after it. Whichever the
# row is, it is found by its key: an account may have hundreds of sessions.
_GOES_ON = """
    SELECT 1 FROM accounts_session AS found WHERE session_key = %(key)s AND (
        user_id = %(user)s AND NOT signed_in OR user_id IS NULL AND sid <> '' AND %(user)s IN (
            SELECT user_id FROM accounts_session WHERE sid = found.sid AND signed_in
        )
    )
"""


def end_elsewhere(key: str, user_id: int, reason: Reason) -> None:
    """Ends the pending login in another browser's session (`session_store.row_key`)."""
    _end(Session.objects.filter(session_key=key, user=user_id, signed_in=False), reason)


def end_all(user: User, *, but: str | None, **signal: Any) -> None:
    """Ends every pending login of an account whose sessions are ended on purpose: it may be a thief's.

    So may a request that was sent with the login of the session that stays (`but`) and still runs. It is no double
    click of that login any more.
    """
    _end(Session.objects.filter(user=user, signed_in=False), Reason.SESSION)
    sessions.untie_notes(user, but)


def _end(rows: QuerySet[Session], reason: Reason) -> None:
    sessions.leave_note(rows, {ENDED: reason.value})


def hold(request: PanelRequest, user: User, login: LoginState) -> None:
    """Keeps this pending login from being ended until the transaction is over, as whoever ends it locks the account's
    row first; or raises SessionInterrupted."""
    if row_of(request, login):
        settled(User.objects.filter(pk=user.pk))
        check_goes_on(request, login)


def check_goes_on(request: PanelRequest, login: LoginState) -> None:
    """Raises SessionInterrupted if somebody has ended this pending login since the request found it, or the session in
    which the other request of a double click has completed it. Call it with the account's row locked."""
    row = row_of(request, login)
    if row and not first(_GOES_ON, user=row.user_id, key=row.pk):
        raise SessionInterrupted
