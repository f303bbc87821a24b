"""Security keys and passkeys as a factor: the answer of a registered key to a challenge of this browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import User
from accounts.users import two_factor
from twofactor.keys import ceremony, challenges
from twofactor.keys.challenges import Purpose
from twofactor.keys.credentials import Descriptor, Refused, StoredKey, Used
from twofactor.keys.models import SecurityKey
from twofactor.keys.relying_party import relying_party
from twofactor.outcomes import Late, Outcome, Proven, ProvenByKey, Wrong

NAME = "twofactor.securitykey"
MAX_KEYS = 10
TOLD_EVERY = timedelta(days=1)


@dataclass(frozen=True)
class KeyAnswer:
    """What a browser sent, and which browser it was."""

    credential: Mapping[str, Any]
    browser: str
    purpose: Purpose


def of(user: User) -> QuerySet[SecurityKey]:
    return SecurityKey.objects.filter(user=user)


def usable(user: User) -> QuerySet[SecurityKey]:
    """Those of the host in force; keys of another one answer to nobody here."""
    return of(user).filter(rp_id=relying_party().id)


def is_active(user: User) -> bool:
    return user.key_count > 0


def check(user: User, answer: KeyAnswer) -> Outcome:
    """Is this one of the account's keys, and does it answer a challenge that waits for it?"""
    try:
        challenge = ceremony.challenge_in(answer.credential)
        credential_id = ceremony.credential_id_in(answer.credential)
    except Refused:
        return Wrong(key=True)
    account = None if answer.purpose is Purpose.LOGIN else user.pk
    if not challenges.spend(challenge, answer.purpose, browser=answer.browser, user_id=account):
        return Late()
    key = usable(user).filter(credential_id=credential_id).annotate(subject=F("user__subject")).first()
    if key is None:
        return Wrong(key=True)
    try:
        used = _check_use(key, answer, challenge)
    except Refused:
        return Wrong(key=True)
    return _note(key, used)


def _check_use(key: Any, answer: KeyAnswer, challenge: bytes) -> Used:
    cose_key = bytes(key.cose_key)
    stored = StoredKey(key.credential_id, cose_key, key.aaguid, key.backup_eligible, key.subject)
    passwordless = answer.purpose is Purpose.LOGIN
    return ceremony.check_use(answer.credential, relying_party(), challenge, stored, passwordless=passwordless)


def _note(key: SecurityKey, used: Used) -> Proven | Wrong:
    """Writes down that it was used; wrong if it was removed meanwhile.

    A count that does not grow may be a copy's: its person is told once a day, and never locked out.
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
    return ProvenByKey(key.persistent_id, verified=used.verified, synced=key.backup_eligible, copied_key=copied_key)


def offered(user: User) -> dict[str, bool]:
    """What a page that asks for a code says of keys: is there one, and is there no app beside it?"""
    has_app = getattr(user, "authenticator", None) is not None
    return {"has_keys": user.key_count > 0, "keys_alone": user.key_count > 0 and not has_app}


def descriptors(keys: QuerySet[SecurityKey]) -> list[Descriptor]:
    return [Descriptor(key.credential_id, key.transports) for key in keys]


def clear(user: User) -> None:
    if of(user).delete()[0]:
        recount(user)


def recount(user: User) -> None:
    """Keeps the number of keys on the account's row, so that no page has to ask. Follows each change of them."""
    two_factor.set_key_count(user, of(user).count())
