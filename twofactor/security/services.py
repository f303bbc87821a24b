"""A person's own factor, taken off by themselves, where nobody requires it."""

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import transaction
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.models import Event, User
from accounts.models.session_store import SessionStore
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.sessions import services as sessions
from twofactor.factors import account
from twofactor.requirement import plan


def disable(user: User, *, origin: Origin, session: SessionStore) -> bool:
    """Clears authenticator and codes and ends the other sessions; False where nothing was active or it is required.

    Raises SessionInterrupted if the account has changed, or the session has ended, since the request began.
    """
    with transaction.atomic():
        chosen = User.objects.filter(plan.is_open(), pk=user.pk, is_staff=False, is_superuser=False)
        own = chosen.filter(two_factor_active_since__isnull=False)
        if not own.select_for_update(no_key=True).exists():
            return False
        if not account.give_up(user):
            raise SessionInterrupted
        record_and_notify(Event.TWO_FACTOR_DISABLED, origin=origin, actor=user, target=user)
        session.pop(DEVICE_ID_SESSION_KEY, None)
        sessions.go_on(session, user)
    return True
