"""The rules for all passwords, and the only place that compares one.

NIST SP 800-63B-4 section 3.1.1: long, no composition rules, common ones and the account's own words rejected, Unicode
normalized (NFC), never trimmed or cut. A comparison always costs exactly one hash, whether the name exists or not.
"""

import secrets
from functools import partial
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import folding
from accounts.limits import limited
from accounts.models import User

PASSWORD_MAX_LENGTH = 1024
TOO_LONG = gettext_lazy("Use at most %(limit)s characters.")
OWN_WORD_MIN_LENGTH = 4
SUGGESTED_GROUPS = 4
SUGGESTED_GROUP_LENGTH = 5
SUGGESTION_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class OwaspArgon2Hasher(Argon2PasswordHasher):
    """Argon2id at the cost of OWASP's Password Storage Cheat Sheet: m = 19 MiB, t = 2, p = 1."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1


def normal(password: str) -> str:
    return folding.nfc(password)


def verify(user: User | None, password: str, *, upgrade: bool = False) -> bool:
    """Whether this is the account's password. Computes one hash even without an account or password
    (CVE-2024-39329).

    `upgrade` hashes it again if that was done at another cost. Sessions are bound to the hash and would end, so only a
    login upgrades.
    """
    if user is None or not user.has_usable_password():
        make_password(normal(password))
        return False
    return check_password(normal(password), user.password, setter=partial(_upgrade, user) if upgrade else None)


def is_current(user: User, password: str) -> bool:
    """Whether this is already the account's password. Checked only if it would be accepted otherwise."""
    return bool(user.pk) and user.has_usable_password() and check_password(normal(password), user.password)


def _upgrade(user: User, password: str) -> None:
    """Hashes it again with current parameters, unless the password was changed in the meantime."""
    encoded = make_password(password)
    if User.objects.filter(pk=user.pk, password=user.password).update(password=encoded):
        user.password = encoded


def hashed(password: str) -> str:
    return make_password(normal(password))


def suggest() -> str:
    """A password for any account: four groups of five characters, about 99 bits, or more if the rules require it."""
    groups = max(SUGGESTED_GROUPS, -(-settings.PASSWORD_MIN_LENGTH // SUGGESTED_GROUP_LENGTH))
    return "-".join(_group() for _ in range(groups))


def _group() -> str:
    return "".join(secrets.choice(SUGGESTION_ALPHABET) for _ in range(SUGGESTED_GROUP_LENGTH))


def check_rules(password: str, user: User) -> None:
    """Raises ValidationError with every reason why this account can't have this password."""
    validate_password(normal(password), user)


class LengthValidator:
    """`PASSWORD_MIN_LENGTH` (15, never below 8) to `PASSWORD_MAX_LENGTH` characters."""

    def validate(self, password: str, user: User | None = None) -> None:
        least = settings.PASSWORD_MIN_LENGTH
        if len(password) < least:
            raise ValidationError(
                ngettext("Use at least %(least)d character.", "Use at least %(least)d characters.", least),
                code="password_too_short",
                params={"least": least},
            )
        if len(password) > PASSWORD_MAX_LENGTH:
            raise ValidationError(limited(TOO_LONG, PASSWORD_MAX_LENGTH), code="password_too_long")

    def get_help_text(self) -> str:
        return _("At least %(least)d characters. A few words in a row are easy to remember.") % {
            "least": settings.PASSWORD_MIN_LENGTH
        }


class CommonValidator(CommonPasswordValidator):
    """Rejects a common password, even if it was repeated until it was long enough."""

    def validate(self, password: str, user: Any = None) -> None:
        for repeated in (password, *_repeated(password)):
            super().validate(repeated, user)


def _repeated(password: str) -> list[str]:
    """Every prefix whose repetition, possibly cut off at the end, is the whole password."""
    size = len(password) if len(password) <= PASSWORD_MAX_LENGTH else 0
    return [password[:n] for n in range(1, size) if password[n:] == password[:-n]]


class OwnWordsValidator:
    """Rejects a password made of the account's own words: name, username, email, contract, panel."""

    def validate(self, password: str, user: Any = None) -> None:
        lowered = password.casefold()
        for word in own_words(user):
            if word in lowered and len(lowered.replace(word, "")) < settings.PASSWORD_MIN_LENGTH:
                raise ValidationError(
                    _("The password is too similar to “%(word)s”, which others know about this account."),
                    code="password_own_words",
                    params={"word": word},
                )

    def get_help_text(self) -> str:
        return _("Don't use your name, username or email.")


def _names_of_contracts(user: User) -> list[str]:
    return list(user.contracts.values_list("name", flat=True)) if user.pk else []


def own_words(user: User | None) -> list[str]:
    """Words of four letters or more that belong to the account, longest first."""
    texts = [settings.PANEL_NAME]
    if user:
        texts += [user.username, user.email, user.email.partition("@")[0], user.name, *user.name.split()]
        texts += [user.contract.name] if user.contract else _names_of_contracts(user)
    words = {text.strip().casefold() for text in texts}
    return sorted((w for w in words if len(w) >= OWN_WORD_MIN_LENGTH), key=len, reverse=True)
