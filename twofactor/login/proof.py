"""How the person of a session, or of a pending login, was proved: the `amr` values of RFC 8176.

A session keeps them, and its row has them in columns of their own (`Session.methods`, `Session.proved_at`).
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from twofactor.login.freshness import CONFIRMED_AT

METHODS = "methods"


class Method(StrEnum):
    MEMORIZED = "pwd"
    """The password."""
    OTP = "otp"
    MFA = "mfa"
    """A recovery code: RFC 8176 has no value for look-up secrets, only this one for more than one factor."""


def joined(*methods: str) -> str:
    """All of these, each once, in the order in which they were proved first."""
    return " ".join(dict.fromkeys(" ".join(methods).split()))


def add(session: SessionBase, *methods: str) -> None:
    """The person of this session has proved these too."""
    session[METHODS] = joined(session.get(METHODS, ""), *methods)


def stored(content: dict[str, Any]) -> tuple[str, datetime | None]:
    """The methods and the moment of the last proof in a session with this content."""
    at = content.get(CONFIRMED_AT)
    return content.get(METHODS, ""), datetime.fromtimestamp(at, UTC) if at else None
