"""Mailed links: to set a new password (reset, invitation) and to confirm a new email.

A link is a signature over the account's state, so it ends with any change to it: the stamp (password, email, state,
factor, a newer invitation), its role and what that grants and, for a password, a login. A link requested by another
person also names them, is bound to their role and state in the same way, and works only while they still have the
permission.

Reading a link doesn't use it up; using it is an update of the row as it was read (`Link.as_seen`). URLs begin with
`PUBLIC_URL`, never with a host from the request (OWASP Forgot Password Cheat Sheet).
"""

import json
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import base36_to_int, int_to_base36

from accounts import clock
from accounts.models import User
from accounts.users import authority, rules
from accounts.validators import row_id

_SALT = "accounts.reset.links"
_SIGNATURE_LENGTH = 40  # hex digits: 160 bits


class LinkPurpose(StrEnum):
    RESET = "r"
    INVITATION = "i"
    EMAIL = "e"


LIFETIME_SECONDS = {LinkPurpose.RESET: 3600, LinkPurpose.INVITATION: 24 * 3600, LinkPurpose.EMAIL: 24 * 3600}
CHANGES = {
    LinkPurpose.RESET: (),
    LinkPurpose.INVITATION: (rules.PASSWORD, rules.CREATE),
    LinkPurpose.EMAIL: (rules.EMAIL,),
}
"""The person who requested a link must still be allowed to do one of these when it is used."""
INVITATION_HOURS = LIFETIME_SECONDS[LinkPurpose.INVITATION] // 3600
EMAIL_HOURS = LIFETIME_SECONDS[LinkPurpose.EMAIL] // 3600


def reset_link(user: User) -> str:
    """Works for one hour, once."""
    return _absolute("password_reset", str(user.pk), _token(LinkPurpose.RESET, user))


def invitation_link(user: User, *, by: User | None = None) -> str:
    """Works once. `user.stamp` has just been incremented, so that older invitations are invalid."""
    return _absolute("password_reset", str(user.pk), _token(LinkPurpose.INVITATION, user, by))


def email_link(user: User, *, by: User | None = None) -> str:
    """For the address in `user.pending_email` and no other. `by` is None for the operator."""
    return _absolute("email_confirm", f"{user.pk}-{_token(LinkPurpose.EMAIL, user, by)}")


@dataclass(frozen=True)
class Link:
    """A valid link. Using it is an update of the row as it was read (`as_seen`)."""

    user: User
    requester: User | None
    """Who requested it; None for a forgotten password and for the operator."""

    def as_seen(self) -> QuerySet[User]:
        """The row that the link was read for, while nothing that it depends on has changed."""
        rows = authority.as_decided(self.requester, self.user)
        return rows.filter(stamp=self.user.stamp, is_active=True)


def read_password_link(uid: str, token: str) -> Link | None:
    """The account whose password this link may set now."""
    return _read(uid, token, {LinkPurpose.RESET, LinkPurpose.INVITATION})


def is_invitation(token: str) -> bool:
    """For a token that is valid: whether it is an invitation."""
    return token.startswith(f"{LinkPurpose.INVITATION}-")


def read_email_link(token: str) -> Link | None:
    """The account whose `pending_email` this link may confirm now."""
    uid, _, rest = token.partition("-")
    link = _read(uid, rest, {LinkPurpose.EMAIL})
    return link if link and link.user.pending_email else None


def _absolute(name: str, *parts: str) -> str:
    return settings.PUBLIC_URL + reverse(name, args=parts)


def _token(purpose: LinkPurpose, user: User, by: User | None = None) -> str:
    issued = int_to_base36(int(time.time()))
    asked = f"{by.pk}-" if by else ""
    return f"{purpose}-{issued}-{asked}{_signature(purpose, user, by, issued)}"


def binding(purpose: LinkPurpose, user: User, by: User | None = None) -> str:
    """A digest of what a link depends on. A waiting mail is sent only while it is unchanged (`alive`)."""
    return _digest(_material(purpose, user, by))


def alive(
    purpose: LinkPurpose, bound: str, uid: int | None, asked: int | None = None
) -> tuple[User, User | None] | None:
    """The account and the person who requested the link, while a link of this `binding` would still work."""
    people = _people(str(uid), str(asked) if asked else "")
    return people if people and holds(purpose, bound, *people) else None


def holds(purpose: LinkPurpose, bound: str, user: User, by: User | None) -> bool:
    """Whether a link of this `binding` would work for these people, as they were read."""
    return constant_time_compare(bound, binding(purpose, user, by)) and _may(purpose, user, by)


def _signature(purpose: LinkPurpose, user: User, by: User | None, issued: str) -> str:
    return _digest([*_material(purpose, user, by), issued])[:_SIGNATURE_LENGTH]


def _material(purpose: LinkPurpose, user: User, by: User | None) -> list[Any]:
    last_login = user.last_login.isoformat() if user.last_login else ""
    bound = user.pending_email if purpose is LinkPurpose.EMAIL else last_login
    asked = [by.pk, *authority.versions(by)] if by else []
    return [purpose, user.pk, user.stamp, *authority.versions(user), user.email, bound, asked]


def _digest(material: list[Any]) -> str:
    return salted_hmac(_SALT, json.dumps(material), algorithm="sha256").hexdigest()


def _read(uid: str, token: str, purposes: set[LinkPurpose]) -> Link | None:
    letter, _, rest = token.partition("-")
    issued, _, signature = rest.partition("-")
    asked, _, signature = signature.rpartition("-")
    if letter not in purposes:
        return None
    people = _people(uid, asked)
    if people is None or not _is_good(LinkPurpose(letter), *people, issued, signature):
        return None
    user, by = people
    if not _may(LinkPurpose(letter), user, by):
        return None
    return Link(user, by)


def _people(uid: str, asked: str) -> tuple[User, User | None] | None:
    """The account of a link and, if any, the person who requested it; None if either no longer exists."""
    user, by = _account(uid), _account(asked) if asked else None
    return None if user is None or (asked and by is None) else (user, by)


def _may(purpose: LinkPurpose, user: User, by: User | None) -> bool:
    return by is None or authority.may_still(CHANGES[purpose], by, user)


def _account(uid: str) -> User | None:
    pk = row_id(uid)
    return None if pk is None else User.objects.select_related("contract", "role").filter(pk=pk, is_active=True).first()


def _is_good(purpose: LinkPurpose, user: User, by: User | None, issued: str, signature: str) -> bool:
    """The time is read only after the signature has been verified."""
    if not constant_time_compare(signature, _signature(purpose, user, by, issued)):
        return False
    return clock.is_within(LIFETIME_SECONDS[purpose], base36_to_int(issued))
