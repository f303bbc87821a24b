"""Challenges: 32 random bytes, valid for five minutes, for one use, one purpose and one browser."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import clock
from accounts.expiry import remove_some
from accounts.models.prepared import first
from accounts.origin import Origin
from twofactor.keys.models import Challenge
from twofactor.keys.options import CHALLENGE_BYTES, CHALLENGE_SECONDS

LIVING = 1000
"""Of one browser, or of one network where nobody is logged in. More than that replace the oldest."""


class ChallengePurpose(StrEnum):
    REGISTER = "register"
    LOGIN = "login"
    """Without a password."""
    FACTOR = "factor"
    """At the second step of a login."""
    CONFIRM = "confirm"


@transaction.atomic
def make(purpose: ChallengePurpose, *, browser: str, user_id: int | None, origin: Origin) -> bytes:
    """Creates a challenge for this browser; `browser` is a digest of a value that only it holds.

    Anybody may request one, so each removes some that have expired, and the oldest of a browser or network with too
    many: the table can't fill up, and nobody is refused.
    """
    asker = f"browser {browser}" if user_id else origin.network()
    remove_some(expired().order_by("expires_at"))
    remove_some(_older_than(LIVING - 1, asker))
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    expires_at = timezone.now() + timedelta(seconds=CHALLENGE_SECONDS)
    Challenge.objects.create(
        digest=_digest(challenge),
        purpose=purpose,
        browser=browser,
        user_id=user_id,
        asker=asker,
        expires_at=expires_at,
    )
    return challenge


_SPEND = """
    DELETE FROM twofactor_challenge
    WHERE digest = %(digest)s AND purpose = %(purpose)s AND browser = %(browser)s AND COALESCE(user_id, 0) = %(for)s
        AND expires_at > %(now)s AND expires_at <= %(latest)s
    RETURNING """


def spend(
    challenge: bytes, purpose: ChallengePurpose, *, browser: str, user_id: int | None, beside: str = "1", **values: Any
) -> Sequence[Any] | None:
    """Uses up a challenge: a row for exactly one caller, and None for everybody else.

    `beside` are SQL expressions, over `values`, that the same statement reads.
    """
    now = timezone.now()
    latest = clock.latest_possible(now) + timedelta(seconds=CHALLENGE_SECONDS)
    made_for = {"digest": _digest(challenge), "purpose": str(purpose), "browser": browser, "for": user_id or 0}
    return first(_SPEND + beside, **made_for, now=now, latest=latest, **values)


def _older_than(newest: int, asker: str) -> QuerySet[Challenge]:
    """All of this asker but the newest ones."""
    oldest_kept = Challenge.objects.filter(asker=asker).order_by("-expires_at").values("expires_at")
    older = Challenge.objects.filter(asker=asker, expires_at__lt=oldest_kept[newest - 1 : newest])
    return older.order_by("expires_at")


def expired() -> QuerySet[Challenge]:
    return Challenge.objects.filter(expires_at__lte=timezone.now())


def _digest(challenge: bytes) -> str:
    return sha256(challenge).hexdigest()
