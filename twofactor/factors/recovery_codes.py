"""Recovery codes: look-up secrets of 125 bits that replace the authenticator (NIST SP 800-63B-4 section 3.1.2).

A code is used up by a conditional update, so it works once, however often it is sent at the same moment.
"""

import re
import secrets
from datetime import datetime

from django.utils import timezone

from accounts.models import User
from twofactor import crypto, totp
from twofactor.factors import typed
from twofactor.models import RecoveryCode
from twofactor.outcomes import Proven, Wrong

NAME = "twofactor.recoverycode"
CODES = 10
GROUPS = 5
GROUP_LENGTH = 5
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # 32 characters without look-alikes (Crockford's base 32)

_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE = re.compile(f"[{ALPHABET}]{{{GROUPS * GROUP_LENGTH}}}", re.ASCII)


def parse(text: str) -> str | None:
    """The 25 characters in `text`, as `typed.bare` reads it, ignoring case and look-alikes; None if it is no such
    code."""
    bare = typed.bare(text).upper().translate(_LOOK_ALIKES)
    return bare if _CODE.fullmatch(bare) else None


def make_codes(user: User) -> list[str]:
    """Replaces the user's set by ten new codes and returns them; they can't be read again. Call it within a
    transaction."""
    RecoveryCode.objects.filter(user=user).delete()
    return make_first_codes(user)


def make_first_codes(user: User) -> list[str]:
    """A new set for a user without one."""
    codes = [_new_code() for _ in range(CODES)]
    now = timezone.now()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=crypto.recovery_digest(user.pk, code), created_at=now) for code in codes
    )
    return [in_groups(code) for code in codes]


def spend_code(user: User, text: str) -> bool:
    """Uses up a code; true for exactly one caller, and for none if the account has changed since `user` was read.

    Call it within a transaction. Locks the user's row first, as does everything that removes the set.
    """
    code = parse(text)
    if code is None or not User.objects.select_for_update().filter(pk=user.pk, stamp=user.stamp).exists():
        return False
    digest = crypto.recovery_digest(user.pk, code)
    unused = RecoveryCode.objects.filter(user=user, digest=digest, used_at__isnull=True)
    return unused.update(used_at=timezone.now()) == 1


def check(user: User, answer: str) -> Proven | Wrong:
    return Proven() if spend_code(user, answer) else Wrong(misplaced=totp.parse_code(answer) is not None)


def clear(user: User) -> None:
    RecoveryCode.objects.filter(user=user).delete()


def left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()


def set_date(user: User) -> datetime | None:
    """When the current set was created; pages identify the set by it."""
    return RecoveryCode.objects.filter(user=user).values_list("created_at", flat=True).first()


def in_groups(code: str) -> str:
    return "-".join(code[i : i + GROUP_LENGTH] for i in range(0, len(code), GROUP_LENGTH))


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP_LENGTH))
