"""Proves a new key and makes it the account's authenticator.

All or nothing. The first activation of an account wins; a key shown in another browser is dead from then on.
"""

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import transaction
from django.urls import reverse

from accounts.audit.record import record_event
from accounts.gate.request import PanelRequest
from accounts.models import Event, Outcome, User
from accounts.models.session_store import SessionStore
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.sessions import services as sessions
from accounts.throttling import budgets
from accounts.throttling.budgets import Wait
from twofactor.factors import account, pending_key, recovery_codes
from twofactor.factors import app as factor
from twofactor.factors.pending_key import Setup
from twofactor.login import flow, freshness, known_browser, pending_login, proof, throttles
from twofactor.login.proof import Method
from twofactor.outcomes import Activated, ClockOff, Elsewhere, SetupOutcome
from twofactor.setup import new_codes
from twofactor.setup.new_codes import Why


def activation_step(request: PanelRequest, user: User, setup: Setup, text: str) -> SetupOutcome:
    """Consumes an attempt of the setup's own budget, compares, and activates. Ends the account's other sessions.

    The login that this completes, or the session, goes on in the same transaction, so that nobody is left with an
    authenticator whose codes were never shown.
    """
    origin, attempt = Origin.from_request(request), budgets.consume(throttles.setup(user))
    if isinstance(attempt, Wait):
        flow.note_wait(attempt, user, origin)
        return attempt
    found = factor.check_new_key(setup.key(), text, burnt=setup.burnt)
    with transaction.atomic():
        if isinstance(found, int):
            why = Why.NEW_PHONE if user.two_factor_active else Why.BY_CHOICE
            outcome = _activate(request, user, setup, found)
            budgets.reset(attempt)  # the code was right
            if isinstance(outcome, Activated):
                go_on(request, user, outcome, device_id=account.stand_in(user), by=Method.OTP, why=why)
            return outcome
        detail = {"clock_steps": found.steps} if isinstance(found, ClockOff) else {}
        record_event(
            Event.TWO_FACTOR_SETUP_CODE, origin=origin, outcome=Outcome.FAILED, actor=user, target=user, detail=detail
        )
    return found


def _activate(request: PanelRequest, user: User, setup: Setup, step: int) -> Activated | Elsewhere:
    event = Event.TWO_FACTOR_MOVED if user.two_factor_active else Event.TWO_FACTOR_ACTIVATED
    begun = request.pending_login.login.begun if request.pending_login else None

    def store(user: User) -> None:
        factor.store(user, setup.key(), step, setup.burnt)

    activated = account.activate(user, store, begun=begun)
    if activated is None:
        return Elsewhere()
    if activated.signed_in:
        sessions.end_all(user, but=request.session.session_key)
    record_and_notify(event, origin=Origin.from_request(request), actor=user, target=user)
    return activated


def go_on(request: PanelRequest, user: User, activated: Activated, *, device_id: str, by: str, why: Why) -> None:
    """Logs in (or goes on) as verified under a new session id, with the codes waiting for **Next**."""
    pending_key.drop(request)
    new_codes.keep(request, user, activated.codes, why=Why.LOGIN if request.pending_login else why)
    if request.pending_login:
        login_state = pending_login.proved(request.pending_login.login, user, device_id=device_id, by=by)
        flow.sign_in(request, user, login_state, notice_waits=activated.notice_waits)
    else:
        request.session[flow.LANDING] = request.session.pop(flow.AFTER_SETUP, reverse("security"))
        known_browser.mark(request, user)
        freshness.extend_confirmation(request)
        proof.add(request.session, by)
        flow.renew(request, user, device_id)


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
