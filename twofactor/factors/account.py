"""An account's second factors as a whole: is it active, what takes all of them away, what a session was proved by.

A factor is a module with `NAME`, `is_active`, `check` and `clear` (see `Factor`); `FACTORS` names them all. Only
`activate`, `clear` and `give_up` write `two_factor_active_since`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.utils import timezone

from accounts.models import User
from accounts.models.prepared import first
from accounts.users import two_factor
from twofactor.factors import app, recovery_codes, security_keys
from twofactor.outcomes import Activated, Outcome


class Factor(Protocol):
    """Something by which somebody proves who they are, beside the password."""

    NAME: str
    """Begins the ids by which a session names what it was proved by."""

    def is_active(self, user: User) -> bool:
        """Has this account set it up?"""

    def check(self, user: User, answer: Any) -> Outcome:
        """Is this the right answer, sent for the first time? It is used up then. Needs a transaction around it."""

    def clear(self, user: User) -> None:
        """Takes it away. Needs a transaction around it, which also writes the account's row."""


FACTORS: tuple[Factor, ...] = (app, recovery_codes, security_keys)


@dataclass(frozen=True)
class ProvedBy:
    """Stands in for django-otp's device where a session was proved by something else than the app."""

    persistent_id: str
    user_id: int


def is_active(user: User) -> bool:
    """The column says so, or the row: should the two ever disagree, a code too many is asked, never one too few."""
    return user.two_factor_active or app.is_active(user)


def device_of(user: User, device_id: str | None) -> Any | None:
    """What a session or login with this id was proved by; None for an app that was replaced, or nothing at all.

    Keys and recovery codes need no look: whatever takes one away ends the session as well, by the stamp.
    """
    device = app.authenticator_of(user)
    if device and device.confirmed and device.persistent_id == device_id:
        return device
    others = (security_keys.NAME, recovery_codes.NAME)
    if device_id and user.two_factor_active and device_id.partition("/")[0] in others:
        return ProvedBy(device_id, user.pk)
    return None


def stand_in(user: User) -> str:
    """The id for a recovery code: that of the app it stands in for, where there is one."""
    device = app.authenticator_of(user)
    return device.persistent_id if device else f"{recovery_codes.NAME}/{user.pk}"


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


def activate(user: User, store: Callable[[User], None], *, begun: datetime | None = None) -> Activated | None:
    """Stores a proved factor by `store`, and ten codes; None if the account has changed since `user` was read.

    `begun` is when the login began that this completes: then it is the last login too (as by `recent_logins.note`), on
    the same condition. Needs a transaction around it. `user` becomes what the row is then.
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
    store(user)
    codes = recovery_codes.make_codes(user) if had_codes else recovery_codes.make_first_codes(user)
    return Activated(codes, signed_in, notice_waits)


def clear(user: User) -> None:
    """Takes every factor away, raises the stamp and forgets the known browsers.

    Needs a transaction around it. It is for somebody else: it asks nothing of the row.
    """
    two_factor.clear(user)
    _clear_each(user)


def give_up(user: User) -> bool:
    """The same for one's own account, if it is still as `user` was read; `user` then is as the row."""
    if not two_factor.give_up(user):
        return False
    _clear_each(user)
    return True


def _clear_each(user: User) -> None:
    for factor in FACTORS:
        factor.clear(user)
