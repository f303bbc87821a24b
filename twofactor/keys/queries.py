"""What pages say of keys."""

from collections.abc import Sequence

from accounts.models import User
from twofactor.factors import security_keys
from twofactor.keys.models import SecurityKey
from twofactor.keys.relying_party import relying_party


def keys_of(user: User) -> list[SecurityKey]:
    """The oldest first; each says whether it can be used under the host in force."""
    keys = list(security_keys.of(user).order_by("created_at", "id"))
    for key in keys:
        key.usable = key.rp_id == relying_party().id  # type: ignore[attr-defined]
    return keys


def are_usable(keys: Sequence[SecurityKey]) -> bool:
    return any(key.rp_id == relying_party().id for key in keys)
