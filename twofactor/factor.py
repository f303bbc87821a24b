"""A user's authenticator: set it up, check a code against it, take it away.

The rules: only a key that was proved is ever stored, and a time step is used once (RFC 6238 section 5.2), both decided
by one conditional update. Only `activate` and `clear` write `two_factor_active_since`.
"""

import time

from django.db.models import F
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from twofactor import crypto, recovery, totp
from twofactor.models import Authenticator, RecoveryCode
from twofactor.outcomes import ClockOff, Proven, Replay, Unreadable, Wrong


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
        return Wrong(misplaced=recovery.parse(text) is not None)
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


def check_new_key(key: bytes, text: str) -> int | Wrong | ClockOff:
    """The time step of a code from the app that is being set up, or why it is not right."""
    code = totp.parse_code(text)
    if code is None:
        return Wrong(misplaced=recovery.parse(text) is not None)
    step = totp.matching_step(key, code, now_step())
    if step is not None:
        return step
    offset = totp.clock_offset(key, code, now_step())
    return Wrong() if offset is None else ClockOff(offset)


def activate(user: User, *, key: bytes, step: int) -> list[str] | None:
    """Stores the proved key and ten codes; None if the account has changed since `user` was read.

    Needs a transaction around it. The step that proved the key is used up with it. `user` becomes what the row is then.
    """
    now = timezone.now()
    seen = User.objects.filter(pk=user.pk, stamp=user.stamp, is_active=True)
    since = Coalesce(F("two_factor_active_since"), now)
    if not seen.update(stamp=F("stamp") + 1, two_factor_active_since=since):
        return None
    user.stamp += 1
    user.two_factor_active_since = user.two_factor_active_since or now
    user.authenticator = _store(user, key, step)
    return recovery.make_codes(user)


def _store(user: User, key: bytes, step: int) -> Authenticator:
    """One row a user: a new phone takes the place of the old one."""
    sealed = crypto.seal(key, user_id=user.pk, purpose=crypto.AUTHENTICATOR)
    device = Authenticator(user=user, name="app", secret=sealed, last_step=step)
    changed = ["secret", "last_step", "created_at", "confirmed"]
    Authenticator.objects.bulk_create([device], update_conflicts=True, unique_fields=["user"], update_fields=changed)
    return device


def clear(user: User) -> None:
    """Takes authenticator and codes away and raises the stamp. Needs a transaction around it."""
    User.objects.filter(pk=user.pk).update(two_factor_active_since=None, stamp=F("stamp") + 1)
    Authenticator.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()


def stored_secrets_readable() -> bool:
    """Do the keys in force open at least one stored secret, if there is any?

    By one reading: a worker starts while people set up and are reset, and between two readings the first may come.
    """
    closed = False
    for device in Authenticator.objects.order_by("-pk").iterator():
        if _opens(device):
            return True
        closed = True
    return not closed


def _opens(device: Authenticator) -> bool:
    try:
        device.key()
    except crypto.Unreadable:
        return False
    return True
