"""The columns of an account that two-factor authentication writes.

`twofactor` decides when; its functions call these within their own transactions. Each returns whether a row was
written.
"""

from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.sessions import services as sessions

_WITHOUT: dict[str, Any] = {"two_factor_active_since": None, "known_browsers": "", "setup_browser": ""}


def clear(user: User) -> bool:
    """Removes active factors and known browsers, under the next stamp. Unconditional."""
    return bool(User.objects.filter(pk=user.pk).update(stamp=F("stamp") + 1, **_WITHOUT))


def give_up(user: User) -> bool:
    """The same for one's own account, if it has not changed since `user` was read; `user` is then up to date."""
    return sessions.advance(user, **_WITHOUT)


def set_required(
    rows: QuerySet[User], *, required: bool, moment: datetime | None = None, reminded_at: datetime | None = None
) -> bool:
    """Sets whether 2FA is required of these accounts and, if `moment` is given, from when on.

    No also allows any browser again, where 2FA was reset for one that has not set it up yet.
    """
    changes = {"two_factor_required_from": moment, "two_factor_reminded_at": reminded_at}
    freed = {} if required else {"setup_browser": ""}
    return bool(rows.update(two_factor_required=required, **changes, **freed))


def note_reminder(rows: QuerySet[User], *, at: datetime) -> bool:
    return bool(rows.update(two_factor_reminded_at=at))


def reserve_setup(user: User, browser: str) -> None:
    """From now on, only the browser with this digest can continue, until it has set up 2FA."""
    User.objects.filter(pk=user.pk).update(setup_browser=browser)


def count_reset(rows: QuerySet[User]) -> bool:
    return bool(rows.update(resets=F("resets") + 1))


def block_password(user: User) -> bool:
    """Blocks the password because it may be compromised. False if it was blocked before."""
    rows = User.objects.filter(pk=user.pk, password_revoked_at__isnull=True)
    return bool(rows.update(password_revoked_at=timezone.now()))


def set_key_count(user: User, count: int) -> None:
    """Stores how many security keys and passkeys the account has now."""
    user.key_count = count
    User.objects.filter(pk=user.pk).exclude(key_count=count).update(key_count=count)
