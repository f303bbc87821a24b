"""Seals a text for a short while under `SECRET_KEY`, so that the database alone does not tell it."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from django.utils.crypto import salted_hmac


def seal(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str | None:
    """None where it was sealed under another key, or is no such text."""
    try:
        return _box().decrypt(sealed).decode()
    except (InvalidToken, TypeError):
        return None


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(salted_hmac("accounts.outbox.sealing", "key", algorithm="sha256").digest()))
