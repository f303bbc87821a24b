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
from accounts.models.prepared import first
from twofactor.keys.models import Challenge
from twofactor.keys.options import CHALLENGE_BYTES, CHALLENGE_SECONDS

REMOVED_AT_ONCE = 20


class Purpose(StrEnum):
    REGISTER = "register"
    LOGIN = "login"
    """Without a password."""
    FACTOR = "factor"
    """At the second step of a login."""
    CONFIRM = "confirm"


@transaction.atomic
def make(purpose: Purpose, *, browser: str, user_id: int | None) -> bytes:
    """Creates a challenge for this browser; `browser` is a digest of a value that only it holds.

    Anybody may request one, so each removes some expired ones: the table can't fill up.
    """
    _remove_some()
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    expires_at = timezone.now() + timedelta(seconds=CHALLENGE_SECONDS)
    Challenge.objects.create(
        digest=_digest(challenge), purpose=purpose, browser=browser, user_id=user_id, expires_at=expires_at
    )
    return challenge


_SPEND = """
    DELETE FROM twofactor_challenge
    WHERE digest = %(digest)s AND purpose = %(purpose)s AND browser = %(browser)s AND COALESCE(user_id, 0) = %(for)s
        AND expires_at > %(now)s AND expires_at <= %(latest)s
    RETURNING """


def spend(
    challenge: bytes, purpose: Purpose, *, browser: str, user_id: int | None, beside: str = "1", **values: Any
) -> Sequence[Any] | None:
    """Uses up a challenge: a row for exactly one caller, and None for everybody else.

    `beside` are SQL expressions, over `values`, that the same statement reads.
    """
    now = timezone.now()
    latest = clock.latest_possible(now) + timedelta(seconds=CHALLENGE_SECONDS)
    made_for = {"digest": _digest(challenge), "purpose": str(purpose), "browser": browser, "for": user_id or 0}
    return first(_SPEND + beside, **made_for, now=now, latest=latest, **values)


def _remove_some() -> None:
    some = expired().order_by("expires_at").select_for_update(skip_locked=True).values("digest")
    Challenge.objects.filter(digest__in=some[:REMOVED_AT_ONCE]).delete()


def expired() -> QuerySet[Challenge]:
    return Challenge.objects.filter(expires_at__lte=timezone.now())


def _digest(challenge: bytes) -> str:
    return sha256(challenge).hexdigest()
