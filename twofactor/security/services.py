"""A person's own factor, taken off by themselves, where nobody requires it."""

from django.db import transaction

from accounts import sessions
from accounts.announce import announce
from accounts.models import Event, User
from accounts.origin import Origin
from twofactor import factor


def disable(user: User, *, origin: Origin, session_key: str | None) -> bool:
    """Clears authenticator and codes and ends the other sessions; False where nothing was active or it is required."""
    with transaction.atomic():
        chosen = User.objects.filter(pk=user.pk, two_factor_required=False, is_staff=False, is_superuser=False)
        own = chosen.filter(two_factor_active_since__isnull=False)
        if not own.update(two_factor_active_since=None):
            return False
        factor.clear(user)
        sessions.end_all(user, but=session_key)
        announce(Event.TWO_FACTOR_DISABLED, origin=origin, actor=user, target=user)
    return True
