"""Tells people what was done to their account: by mail, else at the next login.

Nobody is told of what did not happen. All is part of the caller's transaction: a notice that has to wait is
a row in it, and a mail is a row in the outbox; one that can't be sent becomes a notice that waits.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.messages.storage.base import BaseStorage
from django.db import connection
from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.gate.request import PanelRequest
from accounts.models import Event, MailKind, Notice, User
from accounts.notices import texts
from accounts.notices.mail import harmless
from accounts.origin import Origin
from accounts.outbox import rows

LABEL_LENGTH = Notice._meta.get_field("actor_label").max_length


def notify(
    user: User,
    event: Event,
    *,
    origin: Origin,
    actor: User | None = None,
    old_email: str = "",
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Tells `user` of `event`, at `user.email` and, if it was that which changed, at `old_email`; an owner too where
    that is due. `detail` is what the row in the log says: `new` for 2FA required and state, `left` for codes.
    """
    somebody_else = actor is not None and actor.pk != user.pk
    facts = {
        "event": event,
        "ip": origin.ip,
        "user_agent": origin.agent,
        "actor_label": harmless(actor.name or actor.username)[:LABEL_LENGTH] if actor and somebody_else else "",
        "detail": dict(detail or {}),
    }
    _notify_one(user, Notice(user_id=user.pk, **facts), origin, old_email, about=user)
    owner = user.contract.owner if event in texts.TOLD_TO_OWNERS and user.contract else None
    if owner and owner.pk != user.pk:
        _notify_one(owner, Notice(user_id=owner.pk, about=user.username, **facts), origin, about=user)


def _notify_one(person: User, notice: Notice, origin: Origin, *other_addresses: str, about: User) -> None:
    if not person.email or not settings.MAIL_ENABLED:
        notice.save(force_insert=True)
        if person.email:
            rows.note_unmailed(about)
    if settings.MAIL_ENABLED:
        said = {name: getattr(notice, name) for name in ("event", "actor_label", "about", "detail")}
        for address in sorted(filter(None, {person.email, *other_addresses})):
            rows.post(
                MailKind.NOTICE, about=about, reader=person, address=address, origin=origin, facts={"notice": said}
            )


_TAKE = "DELETE FROM accounts_notice WHERE user_id = %s AND at < %s RETURNING *"


def take(user: User, *, before: datetime | None = None) -> list[Notice]:
    """What waits for this person (since `before`), the oldest first; gone afterwards. Two logins at once share it."""
    until = connection.ops.adapt_datetimefield_value(before or timezone.now())
    return sorted(Notice.objects.raw(_TAKE, [user.pk, until]), key=lambda notice: (notice.at, notice.pk))


def show_waiting(request: PanelRequest, *, before: datetime | None = None) -> None:
    """After a login that began at `before`: what waited for this person and still holds, as messages on the next page.

    In the account's language: it is the one in which that page comes.
    """
    with translation.override(request.user.language or get_language()):
        for notice in take(request.user, before=before):
            notice.user = request.user
            if texts.still_true(notice, _concerned(notice)):
                messages.warning(request, " ".join(texts.paragraphs(notice)))
    kept = cast(BaseStorage, messages.get_messages(request))
    kept.update(HttpResponse())  # into the session at once, which is saved with the login


def _concerned(notice: Notice) -> User | None:
    return User.objects.filter(username=notice.about).first() if notice.about else notice.user


def outcome_message(request: PanelRequest, user: User) -> None:
    """Says it if a notice about this account could not be mailed. Call it after the change, with the same object."""
    if rows.unmailed([user]):
        messages.warning(request, _("The notice about this could not be mailed. It is shown at the next login."))
