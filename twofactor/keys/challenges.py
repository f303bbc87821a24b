"""Challenges: 32 random bytes, good for five minutes, one use, one purpose and one browser."""

import secrets
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256

from django.db.models import QuerySet
from django.utils import timezone

from twofactor.keys.models import Challenge
from twofactor.keys.options import CHALLENGE_BYTES, CHALLENGE_SECONDS


class Purpose(StrEnum):
    REGISTER = "register"
    LOGIN = "login"
    """Without a password."""
    FACTOR = "factor"
    """At the second step of a login."""
    CONFIRM = "confirm"


def make(purpose: Purpose, *, browser: str, user_id: int | None) -> bytes:
    """A new one for this browser; `browser` is a digest of what only it holds."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    expires_at = timezone.now() + timedelta(seconds=CHALLENGE_SECONDS)
    Challenge.objects.create(
        digest=_digest(challenge), purpose=purpose, browser=browser, user_id=user_id, expires_at=expires_at
    )
    return challenge


def spend(challenge: bytes, purpose: Purpose, *, browser: str, user_id: int | None) -> bool:
    """Uses it up: true for exactly one caller, and for none but the one it was made for."""
    now = timezone.now()
    latest = now + timedelta(seconds=CHALLENGE_SECONDS)  # one that lives longer was made under another clock
    living = Challenge.objects.filter(expires_at__gt=now, expires_at__lte=latest)
    made_for = living.filter(digest=_digest(challenge), purpose=purpose, browser=browser, user_id=user_id)
    return made_for.delete()[0] == 1


def expired() -> QuerySet[Challenge]:
    return Challenge.objects.filter(expires_at__lte=timezone.now())


def _digest(challenge: bytes) -> str:
    return sha256(challenge).hexdigest()
