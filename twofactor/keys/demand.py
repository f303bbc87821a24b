"""A key that an application requires: the person uses one at `/confirm/`, or adds one first, and continues from
there."""

import time
from dataclasses import dataclass

from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import clock
from accounts.gate.redirects import with_next
from accounts.models import User
from twofactor.factors import security_keys

KEY_DEMAND = "key_wanted"
SECONDS = 15 * 60
"""As long as the page that waits for it is valid."""


@dataclass(frozen=True)
class KeyDemand:
    name: str
    """Of the application."""
    address: str
    """Where the person continues, a page of the panel."""


def ask(session: SessionBase, user: User, *, name: str, address: str) -> str:
    """The page on which this person uses a key, or adds their first one."""
    session[KEY_DEMAND] = [name, address, int(time.time())]
    if security_keys.usable(user).exists():
        return with_next(reverse("confirm"), address)
    return reverse("security_keys")


def pending(session: SessionBase, *, address: str | None = None) -> KeyDemand | None:
    """What this browser was last asked for; with an `address`, only if it continues there."""
    found = session.get(KEY_DEMAND)
    if not found or not clock.is_within(SECONDS, found[2]) or address not in (None, found[1]):
        return None
    return KeyDemand(found[0], found[1])


def forget(session: SessionBase) -> None:
    session.pop(KEY_DEMAND, None)


def use_one(key_demand: KeyDemand) -> str:
    sentence = _("%(application)s needs your security key or passkey. A password or code alone is not enough.")
    return sentence % {"application": key_demand.name}


def add_one(key_demand: KeyDemand) -> str:
    sentence = _("%(application)s needs a security key or passkey. Add one here to open the application.")
    return sentence % {"application": key_demand.name}
