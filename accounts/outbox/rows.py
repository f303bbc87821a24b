"""Writes mails to the outbox, and tells a page what became of those it has just written.

A mail is part of the caller's transaction: what is rolled back is never sent, and what is committed is never lost.
"""

import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
"""After waiting in vain, this process doesn't wait again for a while: the server is slow or silent."""
FORGOT_DELAY_SECONDS = (0.5, 1.5)
"""`/password/forgot/` is processed after a random delay in this range, so that no other request can measure it."""
RANKS = {kind: rank for rank, kind in enumerate(MailKind)}


@dataclass(frozen=True)
class Mailed:
    """The mails that a change has written. Services return it after a change, and None if nothing changed."""

    ids: tuple[int, ...] = ()
    impossible: bool = False
    """A mail could not even be written, because there is no mail server."""

    def __add__(self, other: "Mailed") -> "Mailed":
        return Mailed(self.ids + other.ids, self.impossible or other.impossible)


NOTHING_MAILED = Mailed()
"""A change was made that nobody is notified of."""


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
) -> Mailed:
    """Writes a mail to `address`, to be sent after the commit; nothing without a mail server."""
    if not settings.MAIL_ENABLED:
        return Mailed(impossible=True)
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
    write(mail)
    return Mailed((mail.pk,))


def post_forgotten(sealed: str, *, origin: Origin) -> None:
    """Somebody requested a link; `sealed` is what they typed. The row doesn't reveal whether such an account exists."""
    due_at = timezone.now() + timedelta(seconds=random.uniform(*FORGOT_DELAY_SECONDS))  # noqa: S311
    facts = {"typed": sealed}
    write(OutgoingMail(kind=MailKind.FORGOT, facts=facts, ip=origin.ip, user_agent=origin.agent, due_at=due_at))


def write(mail: OutgoingMail) -> None:
    """Within the caller's transaction. The sender is woken after the commit."""
    mail.save(force_insert=True)
    transaction.on_commit(_say_written, robust=True)


def _say_written() -> None:
    written.send(OutgoingMail)


def is_unsent(mailed: Mailed) -> bool:
    """Whether one of these mails could not be sent yet. Waits as `unmailed` does."""
    return mailed.impossible or bool(_failed(mailed.ids))


def is_through(mailed: Mailed) -> bool:
    """Whether all of these mails were sent or given up."""
    return not waiting().filter(pk__in=mailed.ids).exists()


def unmailed(mailed: Mapping[User, Mailed]) -> list[User]:
    """The people whose mails could not all be sent yet.

    Waits for the first attempt, for `MAIL_WAIT_SECONDS` in all, unless there are many mails.
    """
    unsent = _failed([pk for mails in mailed.values() for pk in mails.ids])
    return [user for user, mails in mailed.items() if mails.impossible or unsent.intersection(mails.ids)]


def _failed(ids: Sequence[int]) -> set[int]:
    if not ids:
        return set()
    mails = OutgoingMail.objects.filter(pk__in=ids)
    if len(ids) <= FEW:
        _patience.wait_while(partial(untried(mails).exists))
    return set(failed(mails).values_list("pk", flat=True))


def waiting() -> QuerySet[OutgoingMail]:
    """Neither sent nor given up."""
    return OutgoingMail.objects.filter(finished_at__isnull=True)


def in_hand(row: OutgoingMail) -> QuerySet[OutgoingMail]:
    """The row while it belongs to this sender. After the lease has expired, another sender may have it."""
    return waiting().filter(pk=row.pk, due_at=row.due_at)


def lookups() -> QuerySet[OutgoingMail]:
    """Requests at `/password/forgot/` that have yet to be looked up."""
    return waiting().filter(rank=RANKS[MailKind.FORGOT], kind=MailKind.FORGOT)


def untried(mails: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
    return mails.filter(finished_at__isnull=True, failure="")


def failed(mails: QuerySet[OutgoingMail]) -> QuerySet[OutgoingMail]:
    """Mails whose last attempt failed, without those dropped because they no longer applied."""
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
