"""Ends pending logins of other browsers, which then say why."""

from typing import Any

from django.db.models import QuerySet

from accounts.models import Session, User
from accounts.models.session_store import SessionStore
from twofactor.login.pending_login import ENDED, Reason


def end_elsewhere(key: str, user_id: int, reason: Reason) -> None:
    """Ends the pending login in another browser's session (`session_store.row_key`)."""
    _end(Session.objects.filter(session_key=key, user=user_id, signed_in=False), reason)


def end_all(user: User, **signal: Any) -> None:
    """Ends every pending login of an account whose sessions are ended on purpose: it may be a thief's."""
    _end(Session.objects.filter(user=user, signed_in=False), Reason.SESSION)


def _end(rows: QuerySet[Session], reason: Reason) -> None:
    rows.update(user=None, session_data=SessionStore().encode({ENDED: reason.value}))
