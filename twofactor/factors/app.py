"""A user's authenticator: set it up, check a code, remove it.

Only a verified key is ever stored, and a time step is used once (RFC 6238 section 5.2), both by one conditional update.
"""

import time
from collections.abc import Sequence

from django.db import connection

from accounts.models import User
from twofactor import crypto, totp
from twofactor.factors import recovery_codes
from twofactor.models import Authenticator
from twofactor.outcomes import ClockOff, Proven, Replay, Unreadable, Wrong

NAME = "twofactor.authenticator"


def authenticator_of(user: User) -> Authenticator | None:
    return getattr(user, "authenticator", None)


def is_active(user: User) -> bool:
    return authenticator_of(user) is not None


def unreadable() -> list[User]:
    """Users whose secrets none of `TWOFACTOR_KEYS` can decrypt, by username."""
    devices = Authenticator.objects.select_related("user").order_by("user__username_key")
    return [device.user for device in devices.iterator() if not device.is_readable]


def now_step() -> int:
    return totp.step_at(time.time())


def check(user: User, text: str) -> Proven | Wrong | Replay | Unreadable:
    """Whether this is a code of the user's app, used for the first time."""
    code = totp.parse_code(text)
    device = authenticator_of(user)
    if code is None or device is None:
        return Wrong(misplaced=recovery_codes.parse(text) is not None)
    try:
        step = totp.matching_step(device.key(), code, now_step())
    except crypto.DecryptionError:
        return Unreadable()
    if step is None:
        return Wrong()
    if device.claim(step):
        return Proven()
    return Replay() if _is_last(device, step) else Wrong()


def _is_last(device: Authenticator, step: int) -> bool:
    """Only the code accepted last counts as a replay. Codes of earlier steps are simply wrong."""
    return Authenticator.objects.filter(pk=device.pk, last_step=step).exists()


def check_new_key(key: bytes, text: str, *, burnt: Sequence[int] = ()) -> int | Wrong | ClockOff:
    """The time step of a code from the app that is being set up, or why it is incorrect.

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


def store(user: User, key: bytes, step: int, burnt: Sequence[int] = ()) -> None:
    """Stores a verified key. There is one row per user, so a new phone replaces the old one.

    The step that verified the key is used up.
    """
    sealed = crypto.seal(key, user_id=user.pk, purpose=crypto.AUTHENTICATOR)
    device = Authenticator(user=user, name="app", secret=sealed, last_step=step)
    device.burn(*burnt)
    changed = ["secret", "last_step", "burnt_steps", "created_at", "confirmed"]
    Authenticator.objects.bulk_create([device], update_conflicts=True, unique_fields=["user"], update_fields=changed)
    user.authenticator = device


def clear(user: User) -> None:
    Authenticator.objects.filter(user=user).delete()


def are_secrets_stored() -> bool:
    """Also works before the first migration."""
    there = Authenticator._meta.db_table in connection.introspection.table_names()
    return there and Authenticator.objects.exists()


def stored_secrets_readable() -> bool:
    """Whether the current keys open at least one stored secret, if there is any.

    Uses a single query: a worker may start while people set up and are reset, so two queries could disagree.
    """
    closed = False
    for device in Authenticator.objects.order_by("-pk").iterator():
        if device.is_readable:
            return True
        closed = True
    return not closed
