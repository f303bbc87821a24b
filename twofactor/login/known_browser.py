"""The mark of a browser in which somebody has logged in fully before.

It never skips a step; it only gives that browser budgets of its own. The cookie holds an id for each account; the
account's row holds digests of the ids that it knows, made under its password, and is emptied with each change of the
factor. So a mark lives 90 days at most and dies with a new password, an activation, a new phone, a reset and a disable.
"""

import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.models.user import KNOWN_BROWSER_DIGEST_LENGTH, KNOWN_BROWSERS
from accounts.users import two_factor

LIFETIME_SECONDS = 90 * 24 * 3600
ACCOUNTS_PER_BROWSER = 5
_SALT = "twofactor.known"
_ID_BYTES = 12
_ID_MAX_LENGTH = 32


@dataclass(frozen=True)
class KnownBrowsers:
    """The browser's marks: account id → id of the browser."""

    entries: dict[str, str]

    def browser_of(self, user: User | None) -> str | None:
        """The id under which this browser is known to the account, or None."""
        browser = self.entries.get(str(user.pk)) if user else None
        return browser if user and browser and _digest(user, browser) in user.known_browsers.split() else None


def known_browsers_of(request: HttpRequest) -> KnownBrowsers:
    """Reads the cookie; one that is missing, tampered with or too old marks nothing."""
    value = request.COOKIES.get(settings.KNOWN_BROWSER_COOKIE, "")
    try:
        content: Any = signing.loads(value, salt=_SALT, max_age=LIFETIME_SECONDS) if value else {}
    except signing.BadSignature:
        content = {}
    entries = content if isinstance(content, dict) else {}
    return KnownBrowsers({key: entry for key, entry in entries.items() if _is_id(entry)})


def _is_id(entry: Any) -> bool:
    """A mark that an older or newer version has signed may look different."""
    return isinstance(entry, str) and entry.isascii() and len(entry) <= _ID_MAX_LENGTH


def mark(request: PanelRequest, user: User) -> None:
    """Makes this browser known, in the transaction of a full login; its id stays as it was while the mark is good.

    Of two browsers that log in for the first time at the same moment, one may stay unknown until its next login.
    """
    browser = known_browsers_of(request).browser_of(user)
    if browser is None:
        browser = secrets.token_urlsafe(_ID_BYTES)
        user.known_browsers = " ".join([_digest(user, browser), *user.known_browsers.split()][:KNOWN_BROWSERS])
        two_factor.keep_known_browsers(user)
    request.known_as = browser


def remember(request: PanelRequest, response: HttpResponseBase, user: User) -> None:
    """Sets the cookie once the login that called `mark` is committed."""
    others = [(key, entry) for key, entry in known_browsers_of(request).entries.items() if key != str(user.pk)]
    entries = dict([*others[-ACCOUNTS_PER_BROWSER + 1 :], (str(user.pk), request.known_as)])
    response.set_cookie(
        settings.KNOWN_BROWSER_COOKIE,
        signing.dumps(entries, salt=_SALT),
        max_age=LIFETIME_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _digest(user: User, browser: str) -> str:
    material = f"{user.pk}|{browser}|{user.password}"
    return salted_hmac(_SALT, material, algorithm="sha256").hexdigest()[:KNOWN_BROWSER_DIGEST_LENGTH]
