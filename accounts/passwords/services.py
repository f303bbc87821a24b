"""The one function that writes a new password to an account."""

from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from accounts.models import Event, User
from accounts.models.session_store import SessionStore
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.passwords import rules
from accounts.sessions import services as sessions
from accounts.throttling import locks


def change(
    user: User,
    raw: str,
    *,
    by: User | None,
    seen: QuerySet[User],
    origin: Origin,
    must_change: bool = False,
    unblock: bool = True,
    detail: dict[str, Any] | None = None,
    session: SessionStore | None = None,
) -> bool:
    """Writes the password `raw` to the row of `user`, as far as it is in `seen`; False, and nothing written, if not.

    `by` is None for the operator. All sessions end, and with the stamp pending logins and mailed links; only `session`
    goes on, under a new id. `unblock` ends the state in which the password may be compromised, with the count of wrong
    codes that led to it. Raises SessionInterrupted if `session` was ended meanwhile.
    """
    changes = {
        "password": rules.hashed(raw),  # before the transaction: it takes a while
        "password_set_by_other": by is None or by.pk != user.pk,
        "must_change_password": must_change,
    } | ({"password_revoked_at": None} if unblock else {})
    was_blocked = unblock and user.password_revoked_at is not None
    with transaction.atomic():
        if not seen.update(stamp=F("stamp") + 1, **changes):
            return False
        for name, value in (changes | {"stamp": user.stamp + 1}).items():
            setattr(user, name, value)
        record_and_notify(Event.USER_PASSWORD, origin=origin, actor=by, target=user, detail=detail)
        if session:
            sessions.go_on(session, user)
        else:
            sessions.end_all(user)
        if was_blocked:  # else the next wrong code would block the new password too
            locks.forget(user.pk)
    return True
