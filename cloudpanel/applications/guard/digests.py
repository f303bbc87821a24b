"""Random secrets for browsers, and what the database keeps of them."""

import secrets
from hashlib import sha256

SECRET_BYTES = 32


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def digest(purpose: str, application_id: int, secret: str) -> str:
    """Bound to its purpose and application: a secret that is shown elsewhere is another one there."""
    return sha256(f"{purpose}|{application_id}|{secret}".encode()).hexdigest()
