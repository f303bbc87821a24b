"""Verifies a new key and makes it the account's authenticator, in one transaction.

The first activation wins; a key that another browser shows can't be activated afterwards.
"""

from dataclasses import replace

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import transaction
from django.urls import reverse

from accounts.audit.record import record_event
from accounts.audit.waits import note_wait
from accounts.gate.request import PanelRequest
from accounts.models import Event, Outcome, User
from accounts.models.session_store import SessionStore
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.outbox.rows import Mailed
from accounts.sessions import services as sessions
from accounts.throttling import budgets
from accounts.throttling.budgets import Wait
from twofactor.factors import account, app, pending_key, recovery_codes
from twofactor.factors.pending_key import Setup
from twofactor.login import flow, freshness, known_browser, pending_login, proof, throttles
from twofactor.login.proof import Method
from twofactor.outcomes import Activated, ClockOff, Elsewhere, SetupOutcome
from twofactor.setup import new_codes
from twofactor.setup.new_codes import Why

_WHY = {
    Event.TWO_FACTOR_MOVED: Why.NEW_PHONE,
    Event.APP_ADDED: Why.APP_ADDED,
    Event.TWO_FACTOR_ACTIVATED: Why.BY_CHOICE,
}


def activation_step(request: PanelRequest, user: User, setup: Setup, text: str) -> SetupOutcome:
    """Consumes an attempt of the setup's budget, checks the code, activates the key and ends the other sessions.

    The pending login is completed, or the session renewed, in the same transaction, so that nobody has an authenticator
    whose recovery codes were never shown.
    """
    origin, attempt = Origin.from_request(request), budgets.consume(throttles.setup(user))
    if isinstance(attempt, Wait):
        note_wait(attempt, user, origin)
        return attempt
    found = app.check_new_key(setup.key(), text, burnt=setup.burnt)
    with transaction.atomic():
        if isinstance(found, int):
            what = _what_happens(user)
            outcome = _activate(request, user, setup, found, what)
            budgets.reset(attempt)  # the code was right
            if isinstance(outcome, Activated):
                go_on(request, user, outcome, device_id=account.stand_in(user), by=Method.OTP, why=_WHY[what])
            return outcome
        detail = {"clock_steps": found.steps} if isinstance(found, ClockOff) else {}
        record_event(
            Event.TWO_FACTOR_SETUP_CODE, origin=origin, outcome=Outcome.FAILED, actor=user, target=user, detail=detail
        )
    return replace(found, wait=attempt.wait)


def _what_happens(user: User) -> Event:
    """The event of a new app: it replaces the old one, is added to keys, or is the first factor."""
    if app.is_active(user):
        return Event.TWO_FACTOR_MOVED
    return Event.APP_ADDED if user.two_factor_active else Event.TWO_FACTOR_ACTIVATED


def _activate(request: PanelRequest, user: User, setup: Setup, step: int, what: Event) -> Activated | Elsewhere:
    begun = request.pending_login.login.begun if request.pending_login else None

    activated = account.activate(
        user,
        lambda user: app.store(user, setup.key(), step, setup.burnt),
        begun=begun,
        known_browsers=known_browser.only_this(request, user),
    )
    if activated is None:
        return Elsewhere()
    if activated.logged_in:
        sessions.end_all(user, but=request.session.session_key)
    mailed = record_and_notify(what, origin=Origin.from_request(request), actor=user, target=user)
    return replace(activated, mailed=mailed)


def go_on(request: PanelRequest, user: User, activated: Activated, *, device_id: str, by: str, why: Why) -> None:
    """Logs in, or renews the session, as verified and under a new session id, which holds the codes until **Next**."""
    pending_key.drop(request)
    new_codes.keep(request, user, activated.codes, why=Why.LOGIN if request.pending_login else why)
    if request.pending_login:
        login_state = pending_login.proved(request.pending_login.login, user, device_id=device_id, by=by)
        flow.log_in(request, user, login_state, notice_waits=activated.notice_waits)
    else:
        request.session[flow.LANDING] = request.session.pop(flow.AFTER_SETUP, reverse("security"))
        freshness.extend_confirmation(request)
        proof.add(request.session, by)
        flow.renew(request, user, device_id)


def make_new_codes(user: User, *, origin: Origin, session: SessionStore) -> tuple[list[str], Mailed]:
    """Replaces the recovery codes and ends the other sessions.

    Raises SessionInterrupted if the account has changed, or the session has ended, since the request began.
    """
    with transaction.atomic():
        if not sessions.advance(user):
            raise SessionInterrupted
        codes = recovery_codes.make_codes(user)
        mailed = record_and_notify(Event.RECOVERY_CODES_MADE, origin=origin, actor=user, target=user)
        sessions.go_on(session, user)
    return codes, mailed
