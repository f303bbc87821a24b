"""The rules for all passwords. What an account's own words are is read by `services`.

NIST SP 800-63B-4 section 3.1.1: long, no composition rules, common ones and the account's own words rejected, Unicode
normalized (NFC), never trimmed or cut.
"""

import secrets
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    get_default_password_validators,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import folding
from accounts.limits import limited

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


def hashed(password: str) -> str:
    return make_password(folding.nfc(password))


def suggest() -> str:
    """A password for any account: four groups of five characters, about 99 bits, or more if the rules require it."""
    groups = max(SUGGESTED_GROUPS, -(-settings.PASSWORD_MIN_LENGTH // SUGGESTED_GROUP_LENGTH))
    return "-".join(_group() for _ in range(groups))


def _group() -> str:
    return "".join(secrets.choice(SUGGESTION_ALPHABET) for _ in range(SUGGESTED_GROUP_LENGTH))


def check(password: str, own_texts: Iterable[str]) -> None:
    """Raises ValidationError with every reason why an account of which these texts tell can't have this password."""
    validators = [*get_default_password_validators(), OwnWordsValidator(own_texts)]
    validate_password(folding.nfc(password), password_validators=validators)


class LengthValidator:
    """`PASSWORD_MIN_LENGTH` (15, never below 8) to `PASSWORD_MAX_LENGTH` characters."""

    def validate(self, password: str, user: Any = None) -> None:
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
    """Every prefix whose repetition, in whatever case and possibly cut off at the end, is the whole password."""
    password = password.lower()
    size = len(password) if len(password) <= PASSWORD_MAX_LENGTH else 0
    return [password[:n] for n in range(1, size) if password[n:] == password[:-n]]


class OwnWordsValidator:
    """Rejects a password made of the account's own words: name, username, email, contract, panel.

    It knows the account by these texts, as the names of contracts are in other rows.
    """

    def __init__(self, own_texts: Iterable[str]) -> None:
        self.words = own_words(own_texts)

    def validate(self, password: str, user: Any = None) -> None:
        lowered = password.casefold()
        for word in self.words:
            if word in lowered and len(lowered.replace(word, "")) < settings.PASSWORD_MIN_LENGTH:
                raise ValidationError(
                    _("The password is too similar to “%(word)s”, which others know about this account."),
                    code="password_own_words",
                    params={"word": word},
                )

    def get_help_text(self) -> str:
        return _("Don't use your name, username or email.")


def own_words(texts: Iterable[str]) -> list[str]:
    """Words of four letters or more among these texts and the panel's name, longest first."""
    words = {text.strip().casefold() for text in (settings.PANEL_NAME, *texts)}
    return sorted((w for w in words if len(w) >= OWN_WORD_MIN_LENGTH), key=len, reverse=True)


def texts_of(*, username: str, email: str, name: str) -> list[str]:
    """What others know of an account, in full and in parts."""
    return [username, email, email.partition("@")[0], name, *name.split()]
