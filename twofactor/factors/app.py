"""A user's authenticator: set it up, check a code against it, take it away.

The rules: only a key that was proved is ever stored, and a time step is used once (RFC 6238 section 5.2), both decided
by one conditional update. Only `activate` and `clear` write `two_factor_active_since`.
"""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.models.prepared import first
from accounts.sessions import services as sessions
from twofactor import crypto, totp
from twofactor.factors import recovery_codes
from twofactor.models import Authenticator, RecoveryCode
from twofactor.outcomes import Activated, ClockOff, Proven, Replay, Unreadable, Wrong


def authenticator_of(user: User) -> Authenticator | None:
    return getattr(user, "authenticator", None)


def is_active(user: User) -> bool:
    """The column says so, or the row: should the two ever disagree, a code too many is asked, never one too few."""
    return user.two_factor_active or authenticator_of(user) is not None


def now_step() -> int:
    return totp.step_at(time.time())


def check_code(user: User, text: str) -> Proven | Wrong | Replay | Unreadable:
    """Is this the code of the user's app, and the first time that it is sent?"""
    code = totp.parse_code(text)
    device = authenticator_of(user)
    if code is None or device is None:
        return Wrong(misplaced=recovery_codes.parse(text) is not None)
    try:
        step = totp.matching_step(device.key(), code, now_step())
    except crypto.Unreadable:
        return Unreadable()
    if step is None:
        return Wrong()
    if device.claim(step):
        return Proven()
    return Replay() if _is_last(device, step) else Wrong()


def _is_last(device: Authenticator, step: int) -> bool:
    """Only the code accepted last is a repeat; one of a step before it is as good as any wrong one."""
    return Authenticator.objects.filter(pk=device.pk, last_step=step).exists()


def check_new_key(key: bytes, text: str, *, burnt: Sequence[int] = ()) -> int | Wrong | ClockOff:
    """The time step of a code from the app that is being set up, or why it is not right.

    `burnt` are the steps that a `ClockOff` has named before.
    """
    code = totp.parse_code(text)
    if code is None:
        return Wrong(misplaced=recovery_codes.parse(text) is not None)
    now = now_step()
    step = totp.matching_step(key, code, now)
    if step is not None:
        return Wrong() if step in burnt else step
    offset = totp.clock_offset(key, code, now)
    return Wrong() if offset is None else ClockOff(offset, now + offset)


_ACTIVATE = """
    UPDATE accounts_user SET
        stamp = stamp + 1,
        known_browsers = '',
        two_factor_active_since = COALESCE(two_factor_active_since, %(now)s),
        last_login = CASE WHEN %(signs_in)s THEN %(now)s ELSE last_login END
    WHERE id = %(id)s AND stamp = %(stamp)s AND password = %(password)s AND is_active
        AND (password_revoked_at IS NULL OR NOT %(signs_in)s)
    RETURNING
        EXISTS (SELECT 1 FROM twofactor_recoverycode WHERE user_id = accounts_user.id),
        EXISTS (SELECT 1 FROM accounts_session WHERE user_id = accounts_user.id AND signed_in),
        EXISTS (SELECT 1 FROM accounts_notice WHERE user_id = accounts_user.id AND at < %(begun)s)
"""


def activate(
    user: User, *, key: bytes, step: int, burnt: Sequence[int] = (), begun: datetime | None = None
) -> Activated | None:
    """Stores the proved key and ten codes; None if the account has changed since `user` was read.

    `begun` is when the log-in began that this completes: then it is the last sign-in too (as by `sign_ins.note`), on
    the same condition. Needs a transaction around it. The step that proved the key is used up with it. `user` becomes
    what the row is then.
    """
    now = timezone.now()
    seen = {"id": user.pk, "stamp": user.stamp, "password": user.password}
    found = first(_ACTIVATE, **seen, now=now, begun=begun, signs_in=begun is not None)
    if found is None:
        return None
    had_codes, signed_in, notice_waits = map(bool, found)
    user.stamp += 1
    user.known_browsers = ""
    if begun:
        user.last_login = now
    user.two_factor_active_since = user.two_factor_active_since or now
    user.authenticator = _store(user, key, step, burnt)
    codes = recovery_codes.make_codes(user) if had_codes else recovery_codes.make_first_codes(user)
    return Activated(codes, signed_in, notice_waits)


def _store(user: User, key: bytes, step: int, burnt: Sequence[int]) -> Authenticator:
    """One row a user: a new phone takes the place of the old one."""
    sealed = crypto.seal(key, user_id=user.pk, purpose=crypto.AUTHENTICATOR)
    device = Authenticator(user=user, name="app", secret=sealed, last_step=step)
    device.burn(*burnt)
    changed = ["secret", "last_step", "burnt_steps", "created_at", "confirmed"]
    Authenticator.objects.bulk_create([device], update_conflicts=True, unique_fields=["user"], update_fields=changed)
    return device


def clear(user: User) -> None:
    """Takes authenticator and codes away, raises the stamp and forgets the known browsers.

    Needs a transaction around it. It is for somebody else: it asks nothing of the row.
    """
    User.objects.filter(pk=user.pk).update(stamp=F("stamp") + 1, **_WITHOUT)
    _delete(user)


def give_up(user: User) -> bool:
    """The same for one's own account, if it is still as `user` was read; `user` then is as the row."""
    if not sessions.advance(user, **_WITHOUT):
        return False
    _delete(user)
    return True


_WITHOUT: dict[str, Any] = {"two_factor_active_since": None, "known_browsers": ""}


def _delete(user: User) -> None:
    Authenticator.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def are_secrets_stored() -> bool:
    """Also before the first migration."""
    there = Authenticator._meta.db_table in connection.introspection.table_names()
    return there and Authenticator.objects.exists()


def stored_secrets_readable() -> bool:
    """Do the keys in force open at least one stored secret, if there is any?

    By one reading: a worker starts while people set up and are reset, and between two readings the first may come.
    """
    closed = False
    for device in Authenticator.objects.order_by("-pk").iterator():
        if device.is_readable:
            return True
        closed = True
    return not closed
