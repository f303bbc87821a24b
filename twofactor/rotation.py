"""Re-encrypts the keys of all authenticators with the first of `TWOFACTOR_KEYS`, while the panel runs.

A key is only replaced if it is still the one that was read, so no concurrent change is undone.
"""

from dataclasses import dataclass
from enum import Enum, auto

from django.db import transaction
from django.dispatch import Signal

from accounts.audit.record import record_event
from accounts.models import Event, Outcome
from accounts.origin import Origin
from twofactor import crypto
from twofactor.models import Authenticator

rotated = Signal()
"""Sent after all authenticators were re-encrypted, so that other apps re-encrypt what they seal with
`TWOFACTOR_KEYS`."""


@dataclass(frozen=True)
class Rotation:
    rotated: int
    unreadable: int
    """How many none of the keys can decrypt; they stay unchanged."""


class _Fate(Enum):
    ROTATED = auto()
    UNREADABLE = auto()
    GONE = auto()


def rotate_keys(*, origin: Origin) -> Rotation:
    """Re-encrypts every authenticator, including those that are activated meanwhile."""
    fates: dict[int, _Fate] = {}
    while unseen := set(Authenticator.objects.values_list("pk", flat=True)) - fates.keys():
        fates |= {pk: _rotate(pk) for pk in sorted(unseen)}
    rotated.send(Authenticator)
    counted = list(fates.values())
    rotation = Rotation(counted.count(_Fate.ROTATED), counted.count(_Fate.UNREADABLE))
    with transaction.atomic():
        outcome = Outcome.FAILED if rotation.unreadable else Outcome.OK
        detail = {"rotated": rotation.rotated, "unreadable": rotation.unreadable}
        record_event(Event.KEYS_ROTATED, origin=origin, outcome=outcome, detail=detail)
    return rotation


def _rotate(pk: int) -> _Fate:
    """Re-encrypts one authenticator; reads it again after a concurrent change."""
    while device := Authenticator.objects.filter(pk=pk).first():
        try:
            device.key()  # raises also for a secret that was sealed for another user
            secret = crypto.reseal(device.secret)
        except crypto.DecryptionError:
            return _Fate.UNREADABLE
        if Authenticator.objects.filter(pk=pk, secret=device.secret).update(secret=secret):
            return _Fate.ROTATED
    return _Fate.GONE
