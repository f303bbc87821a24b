"""The write that makes a log-in a sign-in."""

from datetime import datetime

from django.utils import timezone

from accounts.models import User
from accounts.models.prepared import first

_NOTE = """
    UPDATE accounts_user SET last_login = %(now)s
    WHERE id = %(id)s AND stamp = %(stamp)s AND password = %(password)s AND is_active
        AND (password_revoked_at IS NULL OR NOT %(by_password)s)
    RETURNING EXISTS (SELECT 1 FROM accounts_notice WHERE user_id = accounts_user.id AND at < %(begun)s)
"""


def note(user: User, *, begun: datetime, by_password: bool = True) -> bool | None:
    """Dates the last sign-in on the row that `user` was read from: does a notice from before `begun` wait for them?

    None if the account is no longer like that: then nobody may be signed in. One statement for both, since it is the
    row that says whether there is a sign-in at all. A blocked password blocks only logins `by_password`.
    """
    now = timezone.now()
    seen = {"id": user.pk, "stamp": user.stamp, "password": user.password}
    noted = first(_NOTE, **seen, now=now, begun=begun, by_password=by_password)
    if noted is None:
        return None
    user.last_login = now
    return bool(noted[0])
