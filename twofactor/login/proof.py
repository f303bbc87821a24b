"""How the person of a session, or of a pending login, was authenticated: the `amr` values of RFC 8176.

A session keeps them, and its row has them in columns of their own (`Session.methods`, `Session.proved_at`).
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.contrib.sessions.backends.base import SessionBase

from twofactor.keys.credentials import NewKey
from twofactor.login.freshness import CONFIRMED_AT
from twofactor.outcomes import ProvenByKey

METHODS = "methods"


class Method(StrEnum):
    MEMORIZED = "pwd"
    """The password."""
    OTP = "otp"
    MFA = "mfa"
    """A recovery code. RFC 8176 has no value for look-up secrets, only this one for more than one factor."""
    HWK = "hwk"
    """A security key that is bound to one device."""
    SWK = "swk"
    """A passkey that is synced between devices."""
    USER = "user"
    """The key verified its person."""


def joined(*methods: str) -> str:
    """All of these, each once, in the order in which they were first used."""
    return " ".join(dict.fromkeys(" ".join(methods).split()))


def by_key(outcome: ProvenByKey) -> str:
    key = Method.SWK if outcome.synced else Method.HWK
    return joined(key, Method.USER) if outcome.verified else key


def of_new_key(key: NewKey) -> tuple[str, ...]:
    """What a key verified at its registration."""
    kind = Method.SWK if key.backup_eligible else Method.HWK
    return (kind, Method.USER) if key.verified else (kind,)


def has(methods: str, *wanted: Method) -> bool:
    """Whether one of these was used."""
    return not set(wanted).isdisjoint(methods.split())


def in_a_word(methods: str) -> str:
    """How somebody logged in, for the log."""
    if has(methods, Method.HWK, Method.SWK):
        return "key" if has(methods, Method.MEMORIZED) else "passkey"
    if has(methods, Method.MFA):
        return "recovery_code"
    return "code" if has(methods, Method.OTP) else "password"


def add(session: SessionBase, *methods: str) -> None:
    """Adds these methods to those of the session."""
    session[METHODS] = joined(session.get(METHODS, ""), *methods)


def stored(content: dict[str, Any]) -> tuple[str, datetime | None]:
    """The methods, and the time of the last one, in a session with this content."""
    at = content.get(CONFIRMED_AT)
    return content.get(METHODS, ""), datetime.fromtimestamp(at, UTC) if at else None
