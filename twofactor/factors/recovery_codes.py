"""Recovery codes: look-up secrets of 125 bits that stand in for the authenticator (NIST SP 800-63B-4 section 3.1.2).

A code is spent by a conditional update, so it works once however often it is sent at the same moment.
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
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # 32 signs without look-alikes (Crockford's base 32)

_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CODE = re.compile(f"[{ALPHABET}]{{{GROUPS * GROUP_LENGTH}}}", re.ASCII)


def parse(text: str) -> str | None:
    """The 25 characters in `text`, as `typed.bare` reads it, without regard to case and look-alikes; else None."""
    bare = typed.bare(text).upper().translate(_LOOK_ALIKES)
    return bare if _CODE.fullmatch(bare) else None


def make_codes(user: User) -> list[str]:
    """Replaces the user's set by ten new codes and returns them, for the only time. Needs a transaction around it."""
    RecoveryCode.objects.filter(user=user).delete()
    return make_first_codes(user)


def make_first_codes(user: User) -> list[str]:
    """The set of a user who has none."""
    codes = [_new_code() for _ in range(CODES)]
    now = timezone.now()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=crypto.recovery_digest(user.pk, code), created_at=now) for code in codes
    )
    return [in_groups(code) for code in codes]


def spend_code(user: User, text: str) -> bool:
    """Uses one code up; true for exactly one caller, and none once the account is not as `user` was read.

    Needs a transaction around it. Locks the user's row first, as everybody does who takes the set away.
    """
    code = parse(text)
    if code is None or not User.objects.select_for_update().filter(pk=user.pk, stamp=user.stamp).exists():
        return False
    digest = crypto.recovery_digest(user.pk, code)
    unused = RecoveryCode.objects.filter(user=user, digest=digest, used_at__isnull=True)
    return unused.update(used_at=timezone.now()) == 1


def is_active(user: User) -> bool:
    return left(user) > 0


def check(user: User, answer: str) -> Proven | Wrong:
    return Proven() if spend_code(user, answer) else Wrong(misplaced=totp.parse_code(answer) is not None)


def clear(user: User) -> None:
    RecoveryCode.objects.filter(user=user).delete()


def left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at__isnull=True).count()


def set_date(user: User) -> datetime | None:
    """When the present set was made; pages name the set by it."""
    return RecoveryCode.objects.filter(user=user).values_list("created_at", flat=True).first()


def in_groups(code: str) -> str:
    return "-".join(code[i : i + GROUP_LENGTH] for i in range(0, len(code), GROUP_LENGTH))


def _new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GROUPS * GROUP_LENGTH))
