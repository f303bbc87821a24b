"""Writes mails into the outbox, and tells a page what became of those it has just written.

A mail is part of the caller's transaction: what is rolled back is never sent, and what is committed is never lost.
"""

import random
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import MailFailure, MailKind, OutgoingMail, User
from accounts.origin import Origin
from accounts.outbox import written

FEW = 5
"""A page that has written more mails than this does not wait for them."""
PAUSE_SECONDS = 0.02
NOT_AGAIN_SECONDS = 10
"""After a wait in vain this process does not wait again so soon: the server is slow or silent."""
FORGOT_DELAY_SECONDS = (0.5, 1.5)
"""The work for `/password/forgot/` begins within these, so that no other request can measure it."""
RANKS = {kind: rank for rank, kind in enumerate(MailKind)}


def post(
    kind: MailKind,
    *,
    about: User,
    reader: User,
    address: str,
    origin: Origin,
    actor: User | None = None,
    binding: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """One mail to `address`, sent after commit. Without a mail server nothing is written and `about` is noted."""
    if not settings.MAIL_ENABLED:
        note_unmailed(about)
        return
    mail = OutgoingMail(
        kind=kind,
        about_id=about.pk,
        reader_id=reader.pk,
        actor_id=actor.pk if actor else None,
        address=address,
        binding=binding,
        facts=dict(facts or {}),
        ip=origin.ip,
        user_agent=origin.agent,
        rank=RANKS[kind],
    )
    mail.save(force_insert=True)
    _posted(about).append(mail.pk)
    transaction.on_commit(_say_written, robust=True)


def post_forgotten(sealed: str, *, origin: Origin) -> None:
    """Somebody asked for a link; `sealed` is what they typed. The row says nothing of whether that is anybody."""
    due_at = timezone.now() + timedelta(seconds=random.uniform(*FORGOT_DELAY_SECONDS))  # noqa: S311
    OutgoingMail(
        kind=MailKind.FORGOT, facts={"typed": sealed}, ip=origin.ip, user_agent=origin.agent, due_at=due_at
    ).save(force_insert=True)
    transaction.on_commit(_say_written, robust=True)


def _say_written() -> None:
    written.send(OutgoingMail)


def note_unmailed(about: User) -> None:
    """A mail about this account could not even be written: there is no mail server."""
    _posted(about).append(None)


def _posted(user: User) -> list[int | None]:
    if not hasattr(user, "posted"):
        user.posted = []
    return user.posted


def unmailed(people: Iterable[User]) -> list[User]:
    """Those of whom a mail, written since these objects were read, could not be sent yet. Says so once.

    Waits for the first attempt, `MAIL_WAIT_SECONDS` in all, where the mails are few.
    """
    posted = {user: _take_posted(user) for user in people}
    ids = [pk for mails in posted.values() for pk in mails if pk is not None]
    unsent = _failed(ids) if ids else set()
    return [user for user, mails in posted.items() if None in mails or unsent.intersection(mails)]


def _take_posted(user: User) -> list[int | None]:
    mails, user.posted = _posted(user), []
    return mails


def _failed(ids: list[int]) -> set[int]:
    mails = OutgoingMail.objects.filter(pk__in=ids)
    if len(ids) <= FEW:
        _patience.wait_while(partial(untried(mails).exists))
    return set(failed(mails).values_list("pk", flat=True))


def waiting() -> QuerySet[OutgoingMail]:
    """Neither sent nor given up."""
    return OutgoingMail.objects.filter(finished_at__isnull=True)


def untried(mails: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
    return mails.filter(finished_at__isnull=True, failure="")


def failed(mails: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
    """Those whose last attempt failed; what was dropped because it no longer held is none of them."""
    return mails.exclude(failure__in=("", MailFailure.STALE))


class _Patience:
    """How long this process still waits for mails."""

    none_until = 0.0

    def wait_while(self, condition: partial[bool]) -> None:
        until = time.monotonic() + settings.MAIL_WAIT_SECONDS
        pause = PAUSE_SECONDS
        while condition():
            now = time.monotonic()
            if now < self.none_until:
                return
            if now >= until:
                self.none_until = now + NOT_AGAIN_SECONDS
                return
            time.sleep(min(pause, until - now))
            pause = min(pause * 1.5, 0.2)


_patience = _Patience()
