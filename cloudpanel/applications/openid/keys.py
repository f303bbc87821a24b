"""The panel's signing keys: RS256 for ID tokens and logout tokens, ES256 for the guard's assertions.

For tokens, the current and the next key are published, so that applications know a key before it is used.
"""

import json
from datetime import timedelta
from functools import lru_cache
from typing import Any, cast

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone
from joserfc.jwk import ECKey, JWKRegistry, KeyParameters, RSAKey

from accounts.audit.record import record_event
from accounts.models import Event
from accounts.origin import Origin
from cloudpanel.applications.openid.models import SigningKey
from twofactor import crypto

BITS = 2048
ALGORITHM = "RS256"
GUARDS_ALGORITHM = "ES256"
PLACES = (SigningKey.CURRENT, SigningKey.NEXT, SigningKey.GUARD)
KEPT = timedelta(days=30)
"""How long replaced keys are kept, to verify ID tokens that come back as hints."""
PUBLISHED = timedelta(hours=1)
"""How long a replaced key stays published: longer than anything it signed is valid, with room for clocks that
differ."""


def current() -> RSAKey:
    """The key that signs tokens."""
    return cast(RSAKey, _at(SigningKey.CURRENT))


def guards() -> ECKey:
    """The key that signs assertions."""
    return cast(ECKey, _at(SigningKey.GUARD))


def _at(place: str) -> RSAKey | ECKey:
    row = SigningKey.objects.filter(place=place).first()
    key = _opened(row) if row else None
    return _open(_mend(place)) if key is None else key


def published() -> list[dict[str, Any]]:
    """The public keys, the current one first and the replaced ones last (RFC 7517)."""
    rows = SigningKey.objects.filter(Q(place__isnull=False) | Q(retired_at__gt=timezone.now() - PUBLISHED))
    found = sorted(rows.order_by("-retired_at"), key=lambda row: (*PLACES, None).index(row.place))
    return [row.public for row in found]


def public(kid: str) -> RSAKey | None:
    """The public key with this id, including replaced ones."""
    row = SigningKey.objects.filter(pk=kid).first() if isinstance(kid, str) and "\0" not in kid else None
    return RSAKey.import_key(row.public) if row and row.public["kty"] == RSAKey.key_type else None


def unreadable() -> int:
    """How many keys in use none of `TWOFACTOR_KEYS` can decrypt."""
    return sum(_opened(row) is None for row in SigningKey.objects.filter(place__isnull=False))


def make_missing() -> None:
    """Creates missing keys, once even if two servers start at the same time."""
    taken = set(SigningKey.objects.filter(place__isnull=False).values_list("place", flat=True))
    missing = [_new(place) for place in PLACES if place not in taken]
    SigningKey.objects.bulk_create(missing, ignore_conflicts=True)


def make_first(**signal: Any) -> None:
    """Creates keys after `migrate`. Without a plan the signal comes from flushing a test database."""
    if "plan" in signal and SigningKey._meta.db_table in connection.introspection.table_names():
        make_missing()


def rotate(*, origin: Origin) -> bool:
    """Makes the next key current and publishes a new next one. Also replaces the guard's key: applications fetch keys
    they don't know. False if another call was faster."""
    with transaction.atomic():
        make_missing()
        old = SigningKey.objects.get(place=SigningKey.CURRENT)
        if not _retire(old):
            return False
        SigningKey.objects.filter(place=SigningKey.NEXT).update(place=SigningKey.CURRENT)
        _retire(SigningKey.objects.get(place=SigningKey.GUARD))
        for place in (SigningKey.NEXT, SigningKey.GUARD):
            _new(place).save(force_insert=True)
        record_event(Event.SIGNING_KEYS_ROTATED, origin=origin)
    return True


def reseal(**signal: Any) -> None:
    """Re-encrypts the keys with the first of `TWOFACTOR_KEYS`, after these were rotated."""
    for row in SigningKey.objects.all():
        try:
            sealed = crypto.reseal(row.sealed)
        except crypto.DecryptionError:
            continue
        SigningKey.objects.filter(pk=row.pk, sealed=row.sealed).update(sealed=sealed)


def removable() -> Any:
    return SigningKey.objects.filter(retired_at__lt=timezone.now() - KEPT)


def _retire(row: SigningKey) -> bool:
    seen = SigningKey.objects.filter(pk=row.pk, place=row.place)
    return bool(seen.update(place=None, retired_at=timezone.now()))


@transaction.atomic
def _mend(place: str) -> SigningKey:
    """Replaces keys that none of `TWOFACTOR_KEYS` can decrypt, and creates missing ones."""
    for row in SigningKey.objects.select_for_update().filter(place__isnull=False):
        if _opened(row) is None:
            SigningKey.objects.filter(pk=row.pk).update(place=None, retired_at=timezone.now())
    make_missing()
    return SigningKey.objects.get(place=place)


def _new(place: str) -> SigningKey:
    key = _generate(place)
    kid = str(key.kid)
    sealed = crypto.seal(json.dumps(key.as_dict(private=True)).encode(), user_id=0, purpose=_purpose(kid))
    return SigningKey(kid=kid, public=key.as_dict(private=False), sealed=sealed, place=place)


def _generate(place: str) -> RSAKey | ECKey:
    algorithm = GUARDS_ALGORITHM if place == SigningKey.GUARD else ALGORITHM
    parameters: KeyParameters = {"use": "sig", "alg": algorithm}
    if algorithm == GUARDS_ALGORITHM:
        return ECKey.generate_key("P-256", parameters, private=True, auto_kid=True)
    return RSAKey.generate_key(BITS, parameters, private=True, auto_kid=True)


def _open(row: SigningKey) -> RSAKey | ECKey:
    """Raises crypto.DecryptionError."""
    return _parsed(crypto.unseal(row.sealed, user_id=0, purpose=_purpose(row.kid)))


def _opened(row: SigningKey) -> RSAKey | ECKey | None:
    try:
        return _open(row)
    except crypto.DecryptionError:
        return None


@lru_cache(maxsize=4)
def _parsed(secret: bytes) -> RSAKey | ECKey:
    """Cached, because checking an RSA key takes 40 ms."""
    return cast(RSAKey | ECKey, JWKRegistry.import_key(json.loads(secret)))


def _purpose(kid: str) -> str:
    return f"openid-key-{kid}"
