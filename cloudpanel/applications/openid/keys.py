"""The keys that ID tokens and logout tokens are signed with (RS256).

Two are published, the current one and the next, so that applications know a key before it signs anything.
"""

import json
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from joserfc.jwk import KeyParameters, RSAKey

from accounts.audit.record import record_event
from accounts.models import Event
from accounts.origin import Origin
from cloudpanel.applications.openid.models import SigningKey
from twofactor import crypto

BITS = 2048
ALGORITHM = "RS256"
KEPT = timedelta(days=30)
"""A hint at the end of a session may be this old; its key stays here as long."""
PUBLISHED = timedelta(hours=1)
"""How long a replaced key stays published: longer than anything it signed is valid, and clocks differ."""


def current() -> RSAKey:
    """The key that signs."""
    row = SigningKey.objects.filter(place=SigningKey.CURRENT).first()
    key = _opened(row) if row else None
    if key is None:
        key = _opened(_mend())
    if key is None:
        raise crypto.Unreadable
    return key


def published() -> list[dict[str, Any]]:
    """The public keys, the current one first (RFC 7517)."""
    rows = SigningKey.objects.filter(Q(place__isnull=False) | Q(retired_at__gt=timezone.now() - PUBLISHED))
    found = list(rows.order_by("place", "-retired_at"))
    return [row.public for row in sorted(found, key=lambda row: row.place is None)]


def public(kid: str) -> RSAKey | None:
    """The public key of this id, also of one that was replaced."""
    row = SigningKey.objects.filter(pk=kid).first() if isinstance(kid, str) and "\0" not in kid else None
    return RSAKey.import_key(row.public) if row else None


def make_missing() -> None:
    """Keys for the places that have none; of two servers at once, one makes them."""
    taken = set(SigningKey.objects.filter(place__isnull=False).values_list("place", flat=True))
    places = [place for place in (SigningKey.CURRENT, SigningKey.NEXT) if place not in taken]
    SigningKey.objects.bulk_create([_new(place) for place in places], ignore_conflicts=True)


def make_first(**signal: Any) -> None:
    """After `migrate`, which alone names a plan: emptying the tables of a test sends the signal too."""
    if "plan" in signal and SigningKey._meta.db_table in connection.introspection.table_names():
        make_missing()


def rotate(*, origin: Origin) -> bool:
    """The next key signs from now on, and a new one is published as the next. False if another was faster."""
    with transaction.atomic():
        make_missing()
        old = SigningKey.objects.get(place=SigningKey.CURRENT)
        if not _retire(old):
            return False
        SigningKey.objects.filter(place=SigningKey.NEXT).update(place=SigningKey.CURRENT)
        _new(SigningKey.NEXT).save(force_insert=True)
        record_event(Event.SIGNING_KEYS_ROTATED, origin=origin)
    return True


def reseal(**signal: Any) -> None:
    """Under the first of `TWOFACTOR_KEYS`, when these are rotated."""
    for row in SigningKey.objects.all():
        try:
            sealed = crypto.reseal(row.sealed)
        except crypto.Unreadable:
            continue
        SigningKey.objects.filter(pk=row.pk, sealed=row.sealed).update(sealed=sealed)


def removable() -> Any:
    return SigningKey.objects.filter(retired_at__lt=timezone.now() - KEPT)


def _retire(row: SigningKey) -> bool:
    seen = SigningKey.objects.filter(pk=row.pk, place=SigningKey.CURRENT)
    return bool(seen.update(place=None, retired_at=timezone.now()))


@transaction.atomic
def _mend() -> SigningKey:
    """Replaces keys that none of `TWOFACTOR_KEYS` opens any more, and makes what is missing."""
    for row in SigningKey.objects.select_for_update().filter(place__isnull=False):
        if _opened(row) is None:
            SigningKey.objects.filter(pk=row.pk).update(place=None, retired_at=timezone.now())
    make_missing()
    return SigningKey.objects.get(place=SigningKey.CURRENT)


def _new(place: str) -> SigningKey:
    parameters: KeyParameters = {"use": "sig", "alg": ALGORITHM}
    key = RSAKey.generate_key(BITS, parameters, private=True, auto_kid=True)
    kid = str(key.kid)
    sealed = crypto.seal(json.dumps(key.as_dict(private=True)).encode(), user_id=0, purpose=_purpose(kid))
    return SigningKey(kid=kid, public=key.as_dict(private=False), sealed=sealed, place=place)


def _opened(row: SigningKey) -> RSAKey | None:
    try:
        return _parsed(crypto.unseal(row.sealed, user_id=0, purpose=_purpose(row.kid)))
    except crypto.Unreadable:
        return None


@lru_cache(maxsize=4)
def _parsed(secret: bytes) -> RSAKey:
    """Checking an RSA key takes 40 ms, so a process does it once."""
    return RSAKey.import_key(json.loads(secret))


def _purpose(kid: str) -> str:
    return f"openid-key-{kid}"
