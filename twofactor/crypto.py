"""Encrypts what must not be readable in the database, bound to a user and a purpose.

Fernet (AES-128-CBC with HMAC-SHA-256) under `TWOFACTOR_KEYS`: the first key encrypts, all can decrypt. User and purpose
are part of the content, so a value moved to another row or purpose can't be opened.
"""

import hashlib
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

AUTHENTICATOR = "authenticator"
SETUP = "setup"
NEW_CODES = "new-codes"
HELP_WORDS = "help-words"


class DecryptionError(Exception):
    """None of the keys opens this value, or it was encrypted for another user or purpose."""


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _box() -> MultiFernet:
    return _fernet(tuple(settings.TWOFACTOR_KEYS))


def seal(secret: bytes, *, user_id: int, purpose: str) -> str:
    return _box().encrypt(_label(user_id, purpose) + secret).decode()


def unseal(sealed: str, *, user_id: int, purpose: str) -> bytes:
    """The secret inside; raises DecryptionError."""
    label = _label(user_id, purpose)
    try:
        content = _box().decrypt(sealed.encode())
    except (InvalidToken, ValueError) as fault:
        raise DecryptionError from fault
    if not secrets.compare_digest(content[: len(label)], label):
        raise DecryptionError
    return content[len(label) :]


def reseal(sealed: str) -> str:
    """The same content under the first key; raises DecryptionError."""
    try:
        return _box().rotate(sealed.encode()).decode()
    except InvalidToken as fault:
        raise DecryptionError from fault


def recovery_digest(user_id: int, code: str) -> str:
    """SHA-256 over user and code. It is enough for codes of 125 bits, and doesn't depend on key rotation."""
    return hashlib.sha256(f"{user_id}:{code}".encode()).hexdigest()


def _label(user_id: int, purpose: str) -> bytes:
    return f"{purpose}|{user_id}|".encode()
