"""Queries about keys, for pages and operators."""

from collections.abc import Iterable, Sequence
from itertools import count

from django.utils.translation import gettext as _

from accounts.folding import folded
from accounts.models import User
from twofactor.factors import security_keys
from twofactor.keys.models import SecurityKey
from twofactor.keys.relying_party import relying_party


def keys_of(user: User) -> list[SecurityKey]:
    """Oldest first; each says whether it can be used with the current host."""
    keys = list(security_keys.keys_of(user).order_by("created_at", "id"))
    for key in keys:
        key.usable = key.rp_id == relying_party().id  # type: ignore[attr-defined]
    return keys


def are_usable(keys: Sequence[SecurityKey]) -> bool:
    return any(key.rp_id == relying_party().id for key in keys)


def unused_name(used: Iterable[str]) -> str:
    """The name suggested for a new key: "Security key", with a number if the account has one of that name."""
    first, taken = _("Security key"), {folded(name) for name in used}
    suggestions = (first if number == 1 else f"{first} {number}" for number in count(1))
    return next(name for name in suggestions if folded(name) not in taken)


def of_another_host() -> str:
    """For operators: how many keys a change of `PUBLIC_URL` has made unusable; empty for none."""
    host = relying_party().id
    number = SecurityKey.objects.exclude(rp_id=host).count()
    keys = "1 security key is" if number == 1 else f"{number} security keys are"
    return f"{keys} of no use: registered under another host than {host} in PUBLIC_URL." if number else ""
