"""The second factors of an account as a whole: whether 2FA is active, how to clear it, what verified a session.

A factor is a module with `NAME`, `check` and `clear` (see `Factor`); `FACTORS` lists them all. Only
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
from twofactor.outcomes import Activated, CheckOutcome


class Factor(Protocol):
    """A way to verify a person besides the password."""

    NAME: str
    """The prefix of the ids by which a session names what verified it."""

    def check(self, user: User, answer: Any) -> CheckOutcome:
        """Verifies an answer, which is then used up. Call it within a transaction."""

    def clear(self, user: User) -> None:
        """Removes it. Call it within a transaction that also writes the account's row."""


FACTORS: tuple[Factor, ...] = (app, recovery_codes, security_keys)


@dataclass(frozen=True)
class ProvedBy:
    """Takes the place of django-otp's device if a session was verified by something other than the app."""

    persistent_id: str
    user_id: int


def is_active(user: User) -> bool:
    """Active if the column or the row says so. If they ever disagree, this asks for a code too many, never too few."""
    return user.two_factor_active or app.is_active(user)


def device_of(user: User, device_id: str | None) -> Any | None:
    """What verified a session or login with this id; None for an app that was replaced, or nothing at all.

    Keys and recovery codes need no lookup: removing them ends the session, too, by the stamp.
    """
    device = app.authenticator_of(user)
    if device and device.confirmed and device.persistent_id == device_id:
        return device
    others = (security_keys.NAME, recovery_codes.NAME)
    if device_id and user.two_factor_active and device_id.partition("/")[0] in others:
        return ProvedBy(device_id, user.pk)
    return None


def stand_in(user: User) -> str:
    """The id for a recovery code: that of the app that it replaces, if there is one."""
    device = app.authenticator_of(user)
    return device.persistent_id if device else f"{recovery_codes.NAME}/{user.pk}"


_ACTIVATE = """
    UPDATE accounts_user SET
        stamp = stamp + 1,
        known_browsers = %(known)s,
        setup_browser = '',
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
    user: User, store: Callable[[User], object], *, begun: datetime | None = None, known_browsers: str = ""
) -> Activated | None:
    """Stores a verified factor by `store`, with ten codes; None if the account has changed since `user` was read.

    `begun` is when the login began that this completes: then `last_login` is written as well (as by
    `recent_logins.note_login`), on the same condition. Call it within a transaction. `user` is then up to date.
    """
    now = timezone.now()
    seen = {"id": user.pk, "stamp": user.stamp, "password": user.password}
    found = first(_ACTIVATE, **seen, now=now, known=known_browsers, begun=begun, signs_in=begun is not None)
    if found is None:
        return None
    had_codes, logged_in, notice_waits = map(bool, found)
    user.stamp += 1
    user.known_browsers, user.setup_browser = known_browsers, ""
    if begun:
        user.last_login = now
    user.two_factor_active_since = user.two_factor_active_since or now
    store(user)
    codes = recovery_codes.make_codes(user) if had_codes else recovery_codes.make_first_codes(user)
    return Activated(codes, logged_in, notice_waits)


def clear(user: User) -> None:
    """Removes every factor, increments the stamp and forgets the known browsers. Call it within a transaction.

    For somebody else's account: it is unconditional.
    """
    two_factor.clear(user)
    _clear_each(user)


def give_up(user: User) -> bool:
    """The same for one's own account, if it has not changed since `user` was read; `user` is then up to date."""
    if not two_factor.give_up(user):
        return False
    _clear_each(user)
    return True


def _clear_each(user: User) -> None:
    for factor in FACTORS:
        factor.clear(user)


def must_set_up(user: User) -> bool:
    """2FA is required, or was reset for one browser that asked for help, in which case setup is compulsory, too."""
    return user.must_use_two_factor or bool(user.setup_browser)
