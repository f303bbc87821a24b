"""Limits how many links are mailed per hour: to an account or address, and on behalf of an address or account.

Each mail takes a slot for an hour, in one conditional write; without a free slot, no mail is sent. So there are never
more in any sixty minutes, however many requests run at once, and further requests don't prolong the wait.

Requests that have yet to be looked up are limited in another way, since anybody can write one for any name: too many of
them replace older ones of the same address. Nobody waits, so nobody can be made to wait.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from accounts import addresses
from accounts.models import Attempts, MailKind, OutgoingMail, User
from accounts.origin import Origin
from accounts.outbox import rows
from accounts.throttling import budgets
from accounts.throttling.budgets import Attempt, Budget

HOUR_SECONDS = 3600
FOR_ACCOUNT = 3
FOR_ADDRESS = 20
FOR_TARGET = 3
BY_ACCOUNT = 20
SLOTS_TAKEN = "slots_taken"
"""The fact in a row that says so. Rows of the version before lack it, and take slots before their next attempt."""
WAITING_OF_ADDRESS = 20
WAITING = 500
"""Requests at `/password/forgot/` that have yet to be looked up, which takes about a second: of an address, and in
all."""


@dataclass(frozen=True)
class Slot(Budget):
    """Taken by its first attempt. It names no account, so it neither counts as a lock nor ends with Unlock."""

    free: int | None = 1
    forgotten_after: timedelta | None = None
    longest_wait: int = HOUR_SECONDS

    def wait_after(self, failures: int) -> int:
        return HOUR_SECONDS


def for_account(user_id: int) -> Attempt | None:
    return _take([Slot("reset_account", f"{user_id}|{n}") for n in range(FOR_ACCOUNT)])


def for_address(origin: Origin) -> Attempt | None:
    return _take([Slot("reset_address", f"{origin.network()}|{n}") for n in range(FOR_ADDRESS)])


def exhausted(mail: OutgoingMail) -> bool:
    """Whether an invitation, or a link to confirm an address, exceeds the limit; otherwise takes its slots.

    Called by the sender before each attempt. The row keeps that its slots were taken, since not every failed attempt
    was one of this mail: while the server is away, one counts for all. `counted` says whether it counts for the person
    who requested it.
    """
    if mail.kind not in (MailKind.INVITATION, MailKind.NEW_EMAIL) or mail.facts.get(SLOTS_TAKEN):
        return False
    taken = _slots_of(mail)
    if taken and not rows.in_hand(mail).update(facts=mail.facts | {SLOTS_TAKEN: True}):
        for attempt in taken:  # another sender has it by now, and takes slots of its own
            budgets.refund(attempt)
        return True
    return not taken


def _slots_of(mail: OutgoingMail) -> list[Attempt]:
    """One for its address, and one for the person it counts for; none if one of them is missing."""
    mailbox = addresses.mailbox(mail.address)
    target = _take([Slot("mail_target", f"{mailbox}|{n}") for n in range(FOR_TARGET)])
    if target is None:
        return []
    if not mail.facts.get("counted"):
        return [target]
    account = _take(_of_account(mail.actor_id))
    if account:
        return [target, account]
    budgets.refund(target)
    return []


def left(user: User) -> int:
    """How many more mails that count for this person can be sent now."""
    return len(list(_free(_of_account(user.pk))))


def counted(actor: User | None, target: User) -> bool:
    """Whether a link that `actor` has mailed to `target` counts for `actor`. Owners who manage their users are not
    limited."""
    if actor is None:
        return False
    return actor.pk == target.pk or target.contract is None or target.contract.owner_id != actor.pk


def drop_excess() -> None:
    """Deletes the oldest requests that exceed the limits. Call it in the transaction that wrote a new one."""
    lookups = rows.lookups().order_by("id")
    excess = superfluous(lookups.values_list("id", "ip"))
    if excess:  # locked in one order, without waiting for a sender that looks one up
        free = lookups.filter(pk__in=excess).select_for_update(skip_locked=True)
        OutgoingMail.objects.filter(pk__in=free.values("pk")).delete()


def superfluous(lookups: Iterable[tuple[int, str]]) -> list[int]:
    """Which of these requests, given by id and address and oldest first, exceed the limits.

    In all, those of the address with the most requests go first, so that many from one place crowd out nobody else.
    """
    waiting: dict[str, list[int]] = {}
    for pk, ip in lookups:
        waiting.setdefault(Origin(ip).network(), []).append(pk)
    excess = [pk for ids in waiting.values() for pk in ids[:-WAITING_OF_ADDRESS]]
    kept = [deque(ids[-WAITING_OF_ADDRESS:]) for ids in waiting.values()]
    for _n in range(sum(map(len, kept)) - WAITING):
        excess.append(max(kept, key=len).popleft())
    return excess


def _of_account(user_id: int | None) -> list[Slot]:
    return [Slot("mail_account", f"{user_id}|{n}") for n in range(BY_ACCOUNT)]


def _take(slots: list[Slot]) -> Attempt | None:
    """One of the free slots, or None."""
    for slot in _free(slots):
        attempt = budgets.consume([slot])
        if isinstance(attempt, Attempt):
            return attempt
    return None


def _free(slots: list[Slot]) -> Iterator[Slot]:
    taken = Attempts.objects.filter(key__in=[slot.key for slot in slots])
    taken = taken.waiting(timezone.now(), longest=HOUR_SECONDS)
    keys = set(taken.values_list("key", flat=True))
    return (slot for slot in slots if slot.key not in keys)
