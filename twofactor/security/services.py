"""Lets people disable their own 2FA if nobody requires it."""

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import transaction
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.models import Event, User
from accounts.models.session_store import SessionStore
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.outbox.rows import Mailed
from accounts.sessions import services as sessions
from twofactor.factors import account
from twofactor.requirement import plan


def disable(user: User, *, origin: Origin, session: SessionStore) -> Mailed | None:
    """Clears app, keys and codes and ends the other sessions. None if nothing was active or 2FA is required.

    Raises SessionInterrupted if the account has changed, or the session has ended, since the request began.
    """
    with transaction.atomic():
        if not plan.free_of(user).filter(two_factor_active_since__isnull=False).exists():
            return None
        if not account.give_up(user):
            raise SessionInterrupted
        mailed = record_and_notify(Event.TWO_FACTOR_DISABLED, origin=origin, actor=user, target=user)
        session.pop(DEVICE_ID_SESSION_KEY, None)
        sessions.go_on(session, user)
    return mailed
