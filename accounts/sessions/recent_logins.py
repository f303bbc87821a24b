"""Writes what a login leaves in the account's row, provided that the account has not changed."""

from datetime import datetime

from django.utils import timezone

from accounts.models import User
from accounts.models.prepared import first

_NOTE = """
    UPDATE accounts_user SET last_login = %(now)s, known_browsers = COALESCE(%(known)s, known_browsers)
    WHERE id = %(id)s AND stamp = %(stamp)s AND password = %(password)s AND is_active
        AND (password_revoked_at IS NULL OR NOT %(by_password)s)
    RETURNING EXISTS (SELECT 1 FROM accounts_notice WHERE user_id = accounts_user.id AND at < %(begun)s)
"""


def note_login(
    user: User, *, begun: datetime, by_password: bool = True, known_browsers: str | None = None
) -> bool | None:
    """Sets `last_login`, and `known_browsers` if given. Returns whether a notice from before `begun` waits for this
    person.

    Returns None if the account has changed since `user` was read; then nobody may be logged in. A blocked password
    blocks only logins `by_password`.
    """
    now = timezone.now()
    seen = {"id": user.pk, "stamp": user.stamp, "password": user.password}
    noted = first(_NOTE, **seen, now=now, known=known_browsers, begun=begun, by_password=by_password)
    if noted is None:
        return None
    user.last_login = now
    if known_browsers is not None:
        user.known_browsers = known_browsers
    return bool(noted[0])
