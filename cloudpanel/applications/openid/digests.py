"""Random secrets and their digests in the database. With 256 random bits a slow hash would add nothing."""

import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """SHA-256 in base64url without padding: 43 characters. Also the S256 challenge of a PKCE verifier (RFC 7636)."""
    return urlsafe_b64encode(sha256(secret.encode()).digest()).rstrip(b"=").decode()
