"""The steps of a login: consume an attempt, compare, record the outcome, refund what was not a failure.

`log_in` makes the only call of Django's `login()`, after the last factor and under a new session id.
"""

from collections.abc import Callable
from dataclasses import replace

import django_otp
from django.contrib.auth import login
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.audit.record import record_event
from accounts.audit.repetitions import record_repeated
from accounts.audit.waits import note_wait
from accounts.contracts import current
from accounts.gate import saved_input
from accounts.gate.access import Stage
from accounts.gate.request import PanelRequest
from accounts.models import Event, Outcome, User
from accounts.notices import responses as notices
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.passwords import services as passwords
from accounts.profile import language
from accounts.sessions import recent_logins
from accounts.sessions import services as sessions
from accounts.throttling import budgets
from accounts.throttling.budgets import Attempt, Wait
from accounts.users import two_factor
from twofactor import setup_browser
from twofactor.factors import account, pending_key, recovery_codes
from twofactor.login import ending, freshness, known_browser, pending_login, proof, throttles
from twofactor.login.known_browser import KnownBrowsers
from twofactor.login.pending_login import LoginState
from twofactor.login.proof import Method
from twofactor.outcomes import CheckOutcome, FactorOutcome, Onward, Proven, Replay, Unreadable, Wrong

BACKEND = "twofactor.backends.FactorBackend"
PAGES = {
    Stage.PASSWORD: "login",
    Stage.CODE: "login_code",
    Stage.NEW_PASSWORD: "password_new",
    Stage.OFFER: "two_factor_later",
    Stage.SETUP: "two_factor_setup",
    Stage.CONTRACT: "contracts",
    Stage.CONFIRM: "confirm",
}
LANDING = "landing"
AFTER_SETUP = "after_setup"
"""Where to continue after a setup that somebody who is logged in was sent to, instead of their Security page."""

Check = Callable[[], CheckOutcome]


def password_step(request: PanelRequest, username: str, password: str, *, next_address: str) -> Onward | Wrong | Wait:
    """With the right name and password, the login continues, in the transaction that refunds the attempt.

    Unknown, inactive and invited names cost the same and get the same message.
    """
    origin = Origin.from_request(request)
    named, attempt = throttles.consume_password(username, origin, known_browser.known_browsers_of(request))
    if isinstance(attempt, Wait):
        note_wait(attempt, named, origin)
        return attempt
    right = passwords.verify(named, password, upgrade=True)
    with transaction.atomic():
        if named and right and named.is_active and not named.password_revoked_at:
            address = advance(request, named, pending_login.begin(named, next_address))
            budgets.reset(attempt)
            return Onward(address)
        detail = {} if named else {"username": "unknown"}
        record_event(Event.SIGN_IN_PASSWORD, origin=origin, outcome=Outcome.FAILED, target=named, detail=detail)
    return Wrong(wait=attempt.wait)


def second_factor(
    user: User,
    check: Check,
    event: Event,
    *,
    origin: Origin,
    known_browsers: KnownBrowsers,
    password: str | None = None,
) -> FactorOutcome:
    """Consumes an attempt on the account's second factor, runs `check` and logs its outcome.

    With a `password`, an incorrect or blocked one is a failed attempt but not a wrong code, and `check` does not run.
    """
    attempt = budgets.consume(throttles.second_factor(user, known_browsers.browser_of(user)))
    if isinstance(attempt, Wait):
        note_wait(attempt, user, origin)
        return attempt
    right = password is None or (passwords.verify(user, password) and not user.password_revoked_at)
    with transaction.atomic():
        outcome = check() if right else Wrong(password=True)
        _write_down(outcome, event, user, origin)
        _settle(attempt, outcome)
    if not isinstance(outcome, Wrong):
        return outcome
    return replace(_after_wrong(user, attempt, outcome, event, origin), wait=attempt.wait)


def _settle(attempt: Attempt, outcome: CheckOutcome) -> None:
    """Resets after a success, and refunds what was not a guess. A wrong password or key is no wrong code."""
    if isinstance(outcome, Proven):
        budgets.reset(attempt)
    elif not isinstance(outcome, Wrong):
        budgets.refund(attempt)
    elif outcome.password or outcome.key:
        budgets.refund(attempt.only(throttles.WRONG_CODES))


def _write_down(outcome: CheckOutcome, event: Event, user: User, origin: Origin) -> None:
    match outcome:
        case Wrong():
            what = Event.SIGN_IN_KEY if outcome.key and event is Event.SIGN_IN_CODE else event
            record_event(what, origin=origin, outcome=Outcome.FAILED, target=user)
        case Replay():
            record_repeated(Event.CODE_REPLAYED, Outcome.REFUSED, user, origin, at=event)
        case Unreadable():
            record_repeated(Event.SECRET_UNREADABLE, Outcome.FAILED, user, origin, at=event)
        case Proven() if event is not Event.SIGN_IN_CODE:  # a login writes its own row when it is complete
            record_event(event, origin=origin, actor=user, target=user)


def _after_wrong(user: User, attempt: Attempt, wrong: Wrong, event: Event, origin: Origin) -> Wrong:
    """The tenth wrong code in a row ends the pending login; the hundredth blocks the password."""
    if wrong.password or wrong.key:
        return wrong
    count = attempt.failures(throttles.WRONG_CODES)
    if count >= throttles.WRONG_CODES_REVOKE_PASSWORD:
        _revoke_password(user, origin)
    if count % throttles.WRONG_CODES_END_LOGIN:
        return wrong
    detail = {"count": count, "where": "login" if event is Event.SIGN_IN_CODE else "confirm"}
    with transaction.atomic():
        record_and_notify(Event.TEN_WRONG_CODES, origin=origin, outcome=Outcome.REFUSED, target=user, detail=detail)
    return replace(wrong, ended=True)


def _revoke_password(user: User, origin: Origin) -> None:
    with transaction.atomic():
        if two_factor.block_password(user):
            record_and_notify(Event.PASSWORD_REVOKED, origin=origin, outcome=Outcome.REFUSED, target=user)


def spend_recovery_code(user: User, text: str, origin: Origin) -> Proven | Wrong:
    """Uses a recovery code and logs that, in the transaction of the caller."""
    outcome = recovery_codes.check(user, text)
    if isinstance(outcome, Proven):
        detail = {"left": recovery_codes.left(user)}
        record_and_notify(Event.RECOVERY_CODE_USED, origin=origin, actor=user, target=user, detail=detail)
    return outcome


def disable_by_recovery_code(user: User, text: str, origin: Origin) -> Proven | Wrong:
    """Uses a recovery code, removes app, keys and codes, and ends all sessions."""
    outcome = recovery_codes.check(user, text)
    if isinstance(outcome, Proven):
        record_and_notify(Event.RECOVERY_CODE_USED, origin=origin, actor=user, target=user)
        account.clear(user)
        sessions.end_all(user)
        record_and_notify(Event.TWO_FACTOR_DISABLED, origin=origin, actor=user, target=user)
    return outcome


@transaction.atomic
def advance(request: PanelRequest, user: User, login_state: LoginState) -> str:
    """Continues after a step: stores the pending login if stages are left, or else completes it.

    `user` is the account as that step left it. Returns the address of the next page.
    """
    if login_state.help != user.setup_browser and not setup_browser.may_set_up(request, user):
        request.session.flush()
        return ended(pending_login.Reason.RESERVED)
    stages = pending_login.stages_of(login_state, user)
    if stages:
        ending.hold(request, user, login_state)
        pending_login.store(request, login_state, stages[0])
        if stages[0] is Stage.SETUP:
            pending_key.begin(request, user, ends_at=login_state.ends_at(Stage.SETUP))
        request.session.save()
        return reverse(PAGES[stages[0]])
    if complete(request, user, login_state):
        return login_state.next
    request.session.flush()
    return ended(pending_login.Reason.CHANGED)


def complete(request: PanelRequest, user: User, login_state: LoginState) -> bool:
    """Logs in under a new session id, verified by the authenticator that was used; False if the account has changed
    since `user` was read."""
    by_password = proof.has(login_state.methods, Method.MEMORIZED)
    known = known_browser.with_this(request, user)
    notice_waits = recent_logins.note_login(
        user, begun=login_state.begun, by_password=by_password, known_browsers=known
    )
    if notice_waits is None:
        return False
    log_in(request, user, login_state, notice_waits=notice_waits)
    return True


def log_in(request: PanelRequest, user: User, login_state: LoginState, *, notice_waits: bool) -> None:
    """Opens the session, in the transaction that has just set `last_login`."""
    ending.check_goes_on(request, login_state)
    _open_session(request, user, login_state)
    language.speak(request, user)
    detail = {"with": proof.in_a_word(login_state.methods)}
    record_event(Event.SIGN_IN, origin=Origin.from_request(request), actor=user, target=user, detail=detail)
    language.adopt(request, user)
    if notice_waits:
        notices.show_waiting(request, before=login_state.begun)
    request.session.save()


def _open_session(request: PanelRequest, user: User, login_state: LoginState) -> None:
    if login_state.device_id:
        user.otp_device = account.device_of(user, login_state.device_id)
    pending_login.leave_spent(request)
    current.choose_only(request, user)
    saved_input.come_back(request, user)
    login(request, user, backend=BACKEND)
    freshness.confirm_now(request)
    request.session.update({proof.METHODS: login_state.methods, LANDING: login_state.next})


def renew(request: PanelRequest, user: User, device_id: str) -> None:
    """Continues the session that set up a factor, now verified by it; within the transaction of the activation."""
    django_otp.login(request, account.device_of(user, device_id))
    sessions.go_on(request.session, user)


def ended(reason: pending_login.Reason) -> str:
    """The first page of a login, which says why the last one ended."""
    return f"{reverse('login')}?ended={reason}"


def to_login(reason: pending_login.Reason) -> HttpResponse:
    return redirect(ended(reason))
