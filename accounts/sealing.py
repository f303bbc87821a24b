"""Encrypts a text for a short time under `SECRET_KEY`, so that the database or a URL alone doesn't reveal it.

A text encrypted for one purpose can't be opened for another.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac


def seal(text: str, *, purpose: str = "key") -> str:
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str = "key") -> str | None:
    """None if it was encrypted under another key or for another purpose, or is not such a text."""
    try:
        return _box(purpose).decrypt(sealed).decode()
    except (InvalidToken, TypeError, ValueError):
        return None


def _box(purpose: str) -> Fernet:
    # The name of this module in earlier versions: what they sealed can be unsealed.
    key = salted_hmac("accounts.outbox.sealing", purpose, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
