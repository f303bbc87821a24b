"""Marks browsers in which somebody has completed a login before.

A mark never skips a step of the login; it only gives that browser throttling budgets of its own. The cookie holds an id
for each account. The account's row holds digests of the ids it knows, made with its password hash, and is emptied with
each change of the second factor. So a mark lives for 90 days at most, and ends with a new password, an activation, a
new phone, a reset and a disable.
"""

import secrets
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import salted_hmac

from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.models.user import KNOWN_BROWSER_DIGEST_LENGTH, KNOWN_BROWSERS
from twofactor.account_cookie import AccountCookie

LIFETIME_SECONDS = 90 * 24 * 3600
_SALT = "twofactor.known"
_COOKIE = AccountCookie(settings.KNOWN_BROWSER_COOKIE, salt=_SALT, lifetime_seconds=LIFETIME_SECONDS)
_ID_BYTES = 12


@dataclass(frozen=True)
class KnownBrowsers:
    """The browser's marks: account id → id of the browser."""

    entries: dict[str, str]

    def browser_of(self, user: User | None) -> str | None:
        """The id under which this browser is known to the account, or None."""
        browser = self.entries.get(str(user.pk)) if user else None
        return browser if user and browser and _digest(user, browser) in user.known_browsers.split() else None


def known_browsers_of(request: HttpRequest) -> KnownBrowsers:
    """Reads the cookie. A cookie that is missing, tampered with or too old marks nothing."""
    return KnownBrowsers(_COOKIE.entries(request))


def with_this(request: PanelRequest, user: User) -> str | None:
    """`User.known_browsers` for a login from this browser, or None if the account knows it already.

    Write it in the transaction that completes the login. If two browsers log in for the first time at the same moment,
    one may stay unknown until its next login.
    """
    if browser := known_browsers_of(request).browser_of(user):
        request.known_as = browser
        return None
    return " ".join([only_this(request, user), *user.known_browsers.split()][:KNOWN_BROWSERS])


def only_this(request: PanelRequest, user: User) -> str:
    """`User.known_browsers` for a change that makes all other browsers unknown."""
    request.known_as = secrets.token_urlsafe(_ID_BYTES)
    return _digest(user, request.known_as)


def remember(request: PanelRequest, response: HttpResponseBase, user: User) -> None:
    """Sets the cookie, once the transaction that wrote what `with_this` or `only_this` returned is committed."""
    _COOKIE.keep(request, response, user, request.known_as)


def _digest(user: User, browser: str) -> str:
    material = f"{user.pk}|{browser}|{user.password}"
    return salted_hmac(_SALT, material, algorithm="sha256").hexdigest()[:KNOWN_BROWSER_DIGEST_LENGTH]
