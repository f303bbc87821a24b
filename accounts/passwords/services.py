"""The only place that compares a password with an account's, and the one function that writes a new one.

A comparison always costs exactly one hash, whether the name exists or not.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import QuerySet

from accounts import folding
from accounts.models import Event, User
from accounts.models.session_store import SessionStore
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.outbox.rows import Mailed
from accounts.passwords import rules
from accounts.sessions import services as sessions
from accounts.throttling import locks
from accounts.users import authority


def verify(user: User | None, password: str, *, upgrade: bool = False) -> bool:
    """Whether this is the account's password. Computes one hash even without an account or password
    (CVE-2024-39329).

    `upgrade` hashes it again if that was done at another cost. Sessions are bound to the hash and would end, so only a
    login upgrades.
    """
    if user is None or not user.has_usable_password():
        rules.hashed(password)
        return False
    return check_password(folding.nfc(password), user.password, setter=partial(_upgrade, user) if upgrade else None)


def _upgrade(user: User, password: str) -> None:
    """Hashes it again with current parameters, unless the password was changed in the meantime."""
    encoded = make_password(password)
    if User.objects.filter(pk=user.pk, password=user.password).update(password=encoded):
        user.password = encoded


def is_current(user: User, password: str) -> bool:
    """Whether this is already the account's password. Checked only if it would be accepted otherwise."""
    return bool(user.pk) and user.has_usable_password() and check_password(folding.nfc(password), user.password)


def check_rules(password: str, user: User) -> None:
    """Raises ValidationError with every reason why this account can't have this password."""
    texts = rules.texts_of(username=user.username, email=user.email, name=user.name)
    rules.check(password, texts + _names_of_contracts(user))


def _names_of_contracts(user: User) -> list[str]:
    if user.contract:
        return [user.contract.name]
    return list(user.contracts.values_list("name", flat=True)) if user.pk else []


def change(
    user: User,
    raw: str,
    *,
    by: User | None,
    seen: Callable[[], QuerySet[User]],
    origin: Origin,
    must_change: bool = False,
    unblock: bool = True,
    frees: bool = False,
    detail: dict[str, Any] | None = None,
    session: SessionStore | None = None,
) -> Mailed | None:
    """Writes the password `raw` to the row of `user` if it is in `seen`; None, with nothing written, if not.

    `seen` is called within the transaction. `by` is None for the operator. All sessions, pending logins and mailed
    links end; only `session` continues, under a new id. `unblock` unblocks a password that may be compromised, and the
    count of wrong codes that leads to this begins anew. `frees` allows any browser again to set up 2FA
    (`setup_browser`). Raises SessionInterrupted if `session` has ended in the meantime.
    """
    changes = {
        "password": rules.hashed(raw),  # before the transaction: it takes a while
        "password_set_by_other": by is None or by.pk != user.pk,
        "must_change_password": must_change,
    }
    changes |= ({"password_revoked_at": None} if unblock else {}) | ({"setup_browser": ""} if frees else {})
    was_blocked = unblock and user.password_revoked_at is not None
    with transaction.atomic():
        if not sessions.write_next(seen(), user, changes):
            return None
        mailed = record_and_notify(Event.USER_PASSWORD, origin=origin, actor=by, target=user, detail=detail)
        if changes["password_set_by_other"]:
            authority.take_back(user)
        if session:
            sessions.go_on(session, user)
        else:
            sessions.end_all(user)
        if unblock:  # else wrong codes under the old password would count towards blocking the new one
            locks.begin_anew(user.pk, waits_too=was_blocked)
    return mailed
