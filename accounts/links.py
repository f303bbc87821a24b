"""Links that are mailed: to a new password (reset, invitation) and to a new e-mail.

The rule: a link is nothing but a signature over the account as it was, so whatever changes the account kills it: the
stamp (password, e-mail, state, factor, a newer invitation) and, for a password, a log-in. Reading one spends nothing;
whoever acts on one does so by an update `WHERE stamp = the one seen`. Addresses start with `PUBLIC_URL`, never with
what a request calls itself (OWASP Forgot Password Cheat Sheet).
"""

import json
import re
import time
from enum import StrEnum

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from accounts.models import User
from accounts.validators import ID_MAX

_SALT = "accounts.links"
_SIGNATURE_LENGTH = 40  # hex digits: 160 bits
_ID = re.compile(r"[1-9][0-9]{0,18}")


class Purpose(StrEnum):
    RESET = "r"
    INVITATION = "i"
    EMAIL = "e"


LIFETIME_SECONDS = {Purpose.RESET: 3600, Purpose.INVITATION: 24 * 3600, Purpose.EMAIL: 24 * 3600}
CLOCK_SLACK_SECONDS = 60  # a link from the future was made by another clock, or before this one was set back


def reset_link(user: User) -> str:
    """One hour, once."""
    return _absolute("password_reset", str(user.pk), _token(Purpose.RESET, user))


def invitation_link(user: User) -> str:
    """24 hours, once. `user.stamp` has just been raised, so that an older invitation is dead."""
    return _absolute("password_reset", str(user.pk), _token(Purpose.INVITATION, user))


def email_link(user: User) -> str:
    """24 hours, for the address that waits in `user.pending_email` and no other."""
    return _absolute("email_confirm", f"{user.pk}-{_token(Purpose.EMAIL, user)}")


def read_password_link(uid: str, token: str) -> User | None:
    """The account whose password this link may set now."""
    return _read(uid, token, {Purpose.RESET, Purpose.INVITATION})


def read_email_link(token: str) -> User | None:
    """The account whose `pending_email` this link may confirm now."""
    uid, _, rest = token.partition("-")
    user = _read(uid, rest, {Purpose.EMAIL})
    return user if user and user.pending_email else None


def _absolute(name: str, *parts: str) -> str:
    return settings.PUBLIC_URL + reverse(name, args=parts)


def _token(purpose: Purpose, user: User) -> str:
    issued = int_to_base36(int(time.time()))
    return f"{purpose}-{issued}-{_signature(purpose, user, issued)}"


def _signature(purpose: Purpose, user: User, issued: str) -> str:
    last_login = user.last_login.isoformat() if user.last_login else ""
    bound = user.pending_email if purpose is Purpose.EMAIL else last_login
    material = json.dumps([purpose, user.pk, user.stamp, user.email, bound, issued])
    return salted_hmac(_SALT, material, algorithm="sha256").hexdigest()[:_SIGNATURE_LENGTH]


def _read(uid: str, token: str, purposes: set[Purpose]) -> User | None:
    letter, _, rest = token.partition("-")
    issued, _, signature = rest.partition("-")
    if letter not in purposes or not _ID.fullmatch(uid) or int(uid) > ID_MAX:
        return None
    user = User.objects.select_related("contract").filter(pk=int(uid), is_active=True).first()
    return user if user and _is_good(Purpose(letter), user, issued, signature) else None


def _is_good(purpose: Purpose, user: User, issued: str, signature: str) -> bool:
    """The time is read only once the signature over it is known to be ours."""
    if not constant_time_compare(signature, _signature(purpose, user, issued)):
        return False
    age = time.time() - base36_to_int(issued)
    return -CLOCK_SLACK_SECONDS <= age < LIFETIME_SECONDS[purpose]
