"""Random secrets for browsers, and their digests in the database."""

import secrets
from hashlib import sha256

SECRET_BYTES = 32


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(purpose: str, application_id: int, secret: str) -> str:
    """A digest bound to purpose and application, so that a secret can't be used for another one."""
    return sha256(f"{purpose}|{application_id}|{secret}".encode()).hexdigest()
