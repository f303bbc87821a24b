"""What sessions, visits and pending logins are bound to: the account's password and stamp, sealed with `SECRET_KEY`."""

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac


def auth_hash(password: str, stamp: int, *, secret: str | None = None) -> str:
    """It changes with the stored password or the stamp."""
    material = f"{password}|{stamp}"
    return salted_hmac("accounts.user.auth_hash", material, secret=secret, algorithm="sha256").hexdigest()


def is_auth_hash(sealed: str, password: str, stamp: int) -> bool:
    """Whether this password and stamp were sealed, with `SECRET_KEY` or with one that it was before."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(constant_time_compare(sealed, auth_hash(password, stamp, secret=key)) for key in keys)
