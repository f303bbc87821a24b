"""The mark of a browser in which somebody has logged in fully before.

The rule: it never skips a step; it only gives that browser budgets of its own. It lives 90 days and dies with a new
password or a reset of the factor.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

from accounts.models import User

LIFETIME_SECONDS = 90 * 24 * 3600
ACCOUNTS_PER_BROWSER = 5
_SALT = "twofactor.known"


@dataclass(frozen=True)
class Marks:
    """The browser's marks: account id → (id of the browser, digest of what the mark was made under)."""

    entries: dict[str, list[str]]

    def browser_of(self, user: User | None) -> str | None:
        """The id under which this browser is known to the account, or None."""
        entry = self.entries.get(str(user.pk)) if user else None
        return entry[0] if user and entry and secrets.compare_digest(entry[1], _digest(user)) else None


def marks_of(request: HttpRequest) -> Marks:
    """Reads the cookie; one that is missing, tampered with or too old marks nothing."""
    value = request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE, "")
    try:
        content: Any = signing.loads(value, salt=_SALT, max_age=LIFETIME_SECONDS) if value else {}
    except signing.BadSignature:
        content = {}
    entries = content if isinstance(content, dict) else {}
    return Marks({key: entry for key, entry in entries.items() if _is_entry(entry)})


def _is_entry(entry: Any) -> bool:
    """Id and digest; a mark that an older or newer panel has signed may look otherwise."""
    if not isinstance(entry, list) or len(entry) != 2:
        return False
    return all(isinstance(part, str) and part.isascii() for part in entry)


def remember(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Marks this browser after a full log-in; the id stays as it was while the mark is good."""
    marks = marks_of(request)
    browser = marks.browser_of(user) or secrets.token_urlsafe(12)
    others = [(key, entry) for key, entry in marks.entries.items() if key != str(user.pk)]
    entries = dict([*others[-ACCOUNTS_PER_BROWSER + 1 :], (str(user.pk), [browser, _digest(user)])])
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE,
        signing.dumps(entries, salt=_SALT),
        max_age=LIFETIME_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _digest(user: User) -> str:
    material = f"{user.pk}|{user.password}|{user.resets}"
    return salted_hmac(_SALT, material, algorithm="sha256").hexdigest()[:32]
