"""The secret of the browser that asked for help, kept in a cookie of its own.

The secret opens nothing by itself. After an approval it identifies the only browser in which a login to this account
can continue, together with the correct password: `User.setup_browser` holds its digest. It lives for 24 hours, which
start again whenever the setup is shown.
"""

import hashlib

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.crypto import constant_time_compare

from accounts.models import User
from twofactor.account_cookie import AccountCookie

_COOKIE = AccountCookie(settings.HELP_COOKIE, salt="twofactor.help", lifetime_seconds=24 * 3600)


def digest(secret: str) -> str:
    """SHA-256: enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def secret_of(request: HttpRequest, user: User) -> str:
    """This browser's secret for this account; empty if there is none or it has expired."""
    return _COOKIE.entries(request).get(str(user.pk), "")


def may_set_up(request: HttpRequest, user: User) -> bool:
    """Whether this is the browser that the account waits for. An account that waits for none allows any."""
    if not user.setup_browser:
        return True
    secret = secret_of(request, user)
    return bool(secret) and constant_time_compare(digest(secret), user.setup_browser)


def remember(request: HttpRequest, response: HttpResponseBase, user: User, secret: str) -> None:
    """Sets the cookie, or starts its 24 hours again."""
    _COOKIE.keep(request, response, user, secret)
