"""Security keys and passkeys as a factor: a registered key answers a challenge of this browser."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from accounts.users import two_factor
from twofactor.factors import app
from twofactor.keys import ceremony, challenges
from twofactor.keys.challenges import ChallengePurpose
from twofactor.keys.credentials import Descriptor, InvalidAnswer, StoredKey, Used
from twofactor.keys.models import SecurityKey
from twofactor.keys.relying_party import relying_party
from twofactor.outcomes import CheckOutcome, Late, Proven, ProvenByKey, Wrong

NAME = "twofactor.securitykey"
MAX_KEYS = 10
TOLD_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class KeyAnswer:
    """What a browser sent, and which browser it was."""

    credential: Mapping[str, Any]
    browser: str
    purpose: ChallengePurpose


def keys_of(user: User) -> QuerySet[SecurityKey]:
    return SecurityKey.objects.filter(user=user)


def usable(user: User) -> QuerySet[SecurityKey]:
    """Keys of the current host. Keys of another host can't be used."""
    return keys_of(user).filter(rp_id=relying_party().id)


def check(user: User, answer: KeyAnswer) -> CheckOutcome:
    """Whether this is one of the account's keys, and answers a challenge that waits for it."""
    try:
        challenge = ceremony.challenge_in(answer.credential)
        credential_id = ceremony.credential_id_in(answer.credential)
    except InvalidAnswer:
        return Wrong(key=True)
    found = _spend_and_read(user, answer, challenge, credential_id)
    if found is None:
        return Late()
    handle, *row = found
    key = SecurityKey(credential_id=credential_id, **dict(zip(_COLUMNS, row, strict=True)))
    if key.pk is None:
        return Wrong(key=True)
    try:
        used = _check_use(key, handle, answer, challenge)
    except InvalidAnswer:
        return Wrong(key=True)
    return _note(key, used)


_COLUMNS = ("id", "name", "cose_key", "aaguid", "sign_count", "backup_eligible")
_ITS_ROW = "FROM twofactor_securitykey WHERE credential_id = %(id)s AND user_id = %(user)s AND rp_id = %(rp)s"
_HANDLE = "(SELECT subject FROM accounts_user WHERE id = %(user)s)"
_OF_THE_KEY = ", ".join([_HANDLE, *(f"(SELECT {column} {_ITS_ROW})" for column in _COLUMNS)])


def _spend_and_read(user: User, answer: KeyAnswer, challenge: bytes, credential_id: str) -> Sequence[Any] | None:
    """Uses up the challenge and reads the key, if it exists, in one statement; None for a late answer."""
    return challenges.spend(
        challenge,
        answer.purpose,
        browser=answer.browser,
        user_id=None if answer.purpose is ChallengePurpose.LOGIN else user.pk,
        beside=_OF_THE_KEY,
        id=credential_id,
        user=user.pk,
        rp=relying_party().id,
    )


def _check_use(key: SecurityKey, handle: str, answer: KeyAnswer, challenge: bytes) -> Used:
    stored = StoredKey(key.credential_id, bytes(key.cose_key), key.aaguid, bool(key.backup_eligible), handle)
    passwordless = answer.purpose is ChallengePurpose.LOGIN
    return ceremony.check_use(answer.credential, relying_party(), challenge, stored, passwordless=passwordless)


def _note(key: SecurityKey, used: Used) -> Proven | Wrong:
    """Stores that the key was used; wrong if it was removed in the meantime.

    A counter that does not increase may be a copy's: the person is notified once a day, and never locked out.
    """
    now = timezone.now()
    row = SecurityKey.objects.filter(pk=key.pk)
    if not row.update(
        last_used_at=now, backed_up=used.backed_up, sign_count=Greatest(F("sign_count"), used.sign_count)
    ):
        return Wrong(key=True)
    suspicious = (key.sign_count or used.sign_count) and used.sign_count <= key.sign_count
    untold = Q(copy_told_at__isnull=True) | Q(copy_told_at__lte=now - TOLD_EVERY)
    copied = bool(suspicious) and row.filter(untold).update(copy_told_at=now) == 1
    copied_key = key.name if copied else ""
    return ProvenByKey(
        key.persistent_id, verified=used.verified, synced=bool(key.backup_eligible), copied_key=copied_key
    )


def offered(user: User) -> dict[str, bool]:
    """For a page that asks for a code: whether a key of the account works at this address; whether it has keys and no
    app, keys of which none works here, and whether any key can work here."""
    has_app, keys = app.is_active(user), user.key_count > 0
    fit = relying_party().usable
    works = keys and fit and usable(user).exists()
    return {"has_keys": works, "keys_alone": keys and not has_app, "keys_useless": keys and not works, "keys_fit": fit}


def descriptors(keys: QuerySet[SecurityKey]) -> list[Descriptor]:
    return [Descriptor(key.credential_id, key.transports) for key in keys]


def clear(user: User) -> None:
    if keys_of(user).delete()[0]:
        recount(user)


def recount(user: User) -> None:
    """Stores the number of keys on the account's row, so that no page needs a query. Called after each change of
    them."""
    two_factor.set_key_count(user, keys_of(user).count())
