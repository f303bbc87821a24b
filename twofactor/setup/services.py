"""Proves a new key and makes it the account's authenticator.

The rule: all or nothing. The first activation of an account wins; a key shown in another browser is dead from then on.
"""

from collections.abc import Callable
from datetime import datetime

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import transaction

from accounts.audit.record import record_event
from accounts.models import Event, Outcome, User
from accounts.models.session_store import SessionStore
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.sessions import services as sessions
from accounts.throttling import budgets
from accounts.throttling.budgets import Wait
from twofactor.factors import app as factor
from twofactor.factors import recovery_codes
from twofactor.factors.pending_key import Setup
from twofactor.login import flow, throttles
from twofactor.outcomes import Activated, ClockOff, Elsewhere, Wrong


def activation_step(
    user: User,
    setup: Setup,
    text: str,
    *,
    origin: Origin,
    session_key: str | None,
    begun: datetime | None,
    then: Callable[[Activated], None],
) -> Activated | Wrong | ClockOff | Elsewhere | Wait:
    """Books the try on the set-up's own budget, compares, and activates. Ends the account's other sessions.

    `begun` is when the log-in began that this completes. `then` goes on in the same transaction, so that nobody is
    left with an authenticator whose codes were never shown.
    """
    attempt = budgets.consume(throttles.setup(user))
    if isinstance(attempt, Wait):
        flow.note_wait(attempt, user, origin)
        return attempt
    found = factor.check_new_key(setup.key(), text, burnt=setup.burnt)
    with transaction.atomic():
        if isinstance(found, int):
            outcome = _activate(user, setup, found, origin=origin, session_key=session_key, begun=begun)
            budgets.reset(attempt)  # the code was right
            if isinstance(outcome, Activated):
                then(outcome)
            return outcome
        detail = {"clock_steps": found.steps} if isinstance(found, ClockOff) else {}
        record_event(
            Event.TWO_FACTOR_SETUP_CODE, origin=origin, outcome=Outcome.FAILED, actor=user, target=user, detail=detail
        )
    return found


def _activate(
    user: User, setup: Setup, step: int, *, origin: Origin, session_key: str | None, begun: datetime | None
) -> Activated | Elsewhere:
    event = Event.TWO_FACTOR_MOVED if user.two_factor_active else Event.TWO_FACTOR_ACTIVATED
    activated = factor.activate(user, key=setup.key(), step=step, burnt=setup.burnt, begun=begun)
    if activated is None:
        return Elsewhere()
    if activated.signed_in:
        sessions.end_all(user, but=session_key)
    record_and_notify(event, origin=origin, actor=user, target=user)
    return activated


def make_new_codes(user: User, *, origin: Origin, session: SessionStore) -> list[str]:
    """A new set; the old one is dead. Ends the account's other sessions.

    Raises SessionInterrupted if the account has changed, or the session has ended, since the request began.
    """
    with transaction.atomic():
        if not sessions.advance(user):
            raise SessionInterrupted
        codes = recovery_codes.make_codes(user)
        record_and_notify(Event.RECOVERY_CODES_MADE, origin=origin, actor=user, target=user)
        sessions.go_on(session, user)
    return codes
