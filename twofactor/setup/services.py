"""Proves a new key and makes it the account's authenticator.

The rule: all or nothing. The first activation of an account wins; a key shown in another browser is dead from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from accounts import attempts, audit, sessions
from accounts.announce import announce
from accounts.attempts import Booking, Wait
from accounts.models import Event, Outcome, User
from accounts.origin import Origin
from twofactor import factor, recovery
from twofactor.login import budgets, flow
from twofactor.outcomes import ClockOff, Elsewhere, Wrong
from twofactor.setup.pending import Setup


@dataclass(frozen=True)
class Activated:
    codes: list[str]
    moved: bool
    """It replaced an older authenticator: a new phone."""


Then = Callable[[Activated], bool]


def activation_step(
    user: User, setup: Setup, text: str, *, origin: Origin, session_key: str | None, then: Then
) -> Activated | Wrong | ClockOff | Elsewhere | Wait:
    """Books the try on the set-up's own budget, compares, and activates. Ends the account's other sessions.

    `then` goes on in the same transaction, so that nobody is left with an authenticator whose codes were never shown;
    if it says False, nothing has happened.
    """
    booked = attempts.book(budgets.setup(user))
    if isinstance(booked, Wait):
        flow.note_wait(booked, user, origin)
        return booked
    key = setup.key()
    found = factor.check_new_key(key, text)
    if isinstance(found, int):
        return _activate(user, key, found, booked, origin, session_key, then)
    with transaction.atomic():
        detail = {"clock_steps": found.steps} if isinstance(found, ClockOff) else {}
        audit.record(
            Event.TWO_FACTOR_SETUP_CODE, origin=origin, outcome=Outcome.FAILED, actor=user, target=user, detail=detail
        )
    return found


def _activate(
    user: User, key: bytes, step: int, booked: Booking, origin: Origin, session_key: str | None, then: Then
) -> Activated | Elsewhere:
    moved = user.two_factor_active
    with transaction.atomic():
        codes = factor.activate(user, key=key, step=step)
        attempts.refill(booked)  # the code was right
        if codes is None:
            return Elsewhere()
        sessions.end_all(user, but=session_key)
        event = Event.TWO_FACTOR_MOVED if moved else Event.TWO_FACTOR_ACTIVATED
        announce(event, origin=origin, actor=user, target=user)
        activated = Activated(codes, moved)
        if then(activated):
            return activated
        transaction.set_rollback(True)
    return Elsewhere()


def make_new_codes(user: User, *, origin: Origin, session_key: str | None) -> list[str]:
    """A new set; the old one is dead. Ends the account's other sessions."""
    with transaction.atomic():
        flow.raise_stamp(user)
        codes = recovery.make_codes(user)
        sessions.end_all(user, but=session_key)
        announce(Event.RECOVERY_CODES_MADE, origin=origin, actor=user, target=user)
    return codes
