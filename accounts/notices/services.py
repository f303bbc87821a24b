"""Notifies people of what was done to their account: by mail, or else at the next login.

Everything is part of the caller's transaction, so nobody is notified of something that didn't happen. A mail is a row
in the outbox. A notice that can't be mailed is a row that waits for the next login.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Event, MailKind, Notice, User
from accounts.notices import texts
from accounts.origin import Origin
from accounts.outbox import rows
from accounts.outbox.email import harmless
from accounts.outbox.rows import NOTHING_MAILED, Mailed

LABEL_LENGTH = Notice._meta.get_field("actor_label").max_length


def notify(
    user: User,
    event: Event,
    *,
    origin: Origin,
    actor: User | None = None,
    old_email: str = "",
    detail: Mapping[str, Any] | None = None,
) -> Mailed:
    """Notifies `user` of `event` at `user.email` and, after a change of email, at `old_email`; if required, the owner
    too.

    `detail` is the detail of the log row: `new` for 2FA required and state, `left` for codes. For an email, `new` is
    `none` if the address was removed.
    """
    somebody_else = actor is not None and actor.pk != user.pk
    facts = {
        "event": event,
        "ip": origin.ip,
        "user_agent": origin.agent,
        "actor_label": harmless(actor.name or actor.username)[:LABEL_LENGTH] if actor and somebody_else else "",
        "detail": dict(detail or {}),
    }
    mailed = _notify_one(user, Notice(user_id=user.pk, **facts), origin, old_email, about=user)
    owner = user.contract.owner if event in texts.TOLD_TO_OWNERS and user.contract else None
    if owner and owner.pk != user.pk:
        mailed += _notify_one(owner, Notice(user_id=owner.pk, about=user.username, **facts), origin, about=user)
    return mailed


def _notify_one(person: User, notice: Notice, origin: Origin, *other_addresses: str, about: User) -> Mailed:
    if not person.email or not settings.MAIL_ENABLED:
        notice.save(force_insert=True)
    if not settings.MAIL_ENABLED:
        return Mailed(impossible=bool(person.email))
    facts = {"notice": {name: getattr(notice, name) for name in ("event", "actor_label", "about", "detail")}}
    mailed = NOTHING_MAILED
    for address in sorted(filter(None, {person.email, *other_addresses})):
        mailed += rows.post(MailKind.NOTICE, about=about, reader=person, address=address, origin=origin, facts=facts)
    return mailed


_TAKE = "DELETE FROM accounts_notice WHERE user_id = %s AND at < %s RETURNING *"


def take(user: User, *, before: datetime | None = None) -> list[Notice]:
    """Takes the notices that wait for this person (since before `before`), oldest first. Two logins at once share
    them."""
    until = connection.ops.adapt_datetimefield_value(before or timezone.now())
    return sorted(Notice.objects.raw(_TAKE, [user.pk, until]), key=lambda notice: (notice.at, notice.pk))


def concerned(notice: Notice) -> User | None:
    """The user whom the notice is about."""
    return User.objects.filter(username=notice.about).first() if notice.about else notice.user
