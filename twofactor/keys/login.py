"""Logins and confirmations with a key: without a password, as the second factor, and at `/confirm/`."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.audit.record import record_event
from accounts.audit.waits import note_wait
from accounts.gate.request import PanelRequest
from accounts.models import Event, Outcome, User
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.throttling import budgets
from accounts.throttling.budgets import Attempt, Wait
from twofactor.backends import FactorBackend
from twofactor.factors import security_keys
from twofactor.factors.security_keys import KeyAnswer
from twofactor.keys import ceremony
from twofactor.keys.challenges import ChallengePurpose
from twofactor.keys.credentials import InvalidAnswer
from twofactor.keys.models import SecurityKey
from twofactor.keys.relying_party import relying_party
from twofactor.login import flow, known_browser, pending_login, proof, throttles
from twofactor.outcomes import CheckOutcome, FactorOutcome, Late, Onward, ProvenByKey, Wrong


def factor_step(request: PanelRequest, credential: Mapping[str, Any], browser: str) -> FactorOutcome | Onward:
    """The second factor of a pending login, which then continues."""
    waiting = request.pending_login
    answer = KeyAnswer(credential, browser, ChallengePurpose.FACTOR)
    outcome = _attempt(request, waiting.user, answer, Event.SIGN_IN_CODE)
    if not isinstance(outcome, ProvenByKey):
        return outcome
    proved = pending_login.proved(waiting.login, waiting.user, device_id=outcome.device_id, by=proof.by_key(outcome))
    return Onward(flow.advance(request, waiting.user, proved))


def confirm_step(request: PanelRequest, credential: Mapping[str, Any], browser: str, password: str) -> FactorOutcome:
    """A key that verifies the person is enough; other keys also need the password."""
    answer = KeyAnswer(credential, browser, ChallengePurpose.CONFIRM)
    try:
        enough = ceremony.claims_verification(credential)
    except InvalidAnswer:
        enough = True  # malformed: the check counts it
    if not enough and not password:
        return Wrong(password=True)
    return _attempt(request, request.user, answer, Event.CONFIRMED, password=None if enough else password)


def _attempt(
    request: PanelRequest, user: User, answer: KeyAnswer, event: Event, *, password: str | None = None
) -> FactorOutcome:
    origin = Origin.from_request(request)

    def check() -> CheckOutcome:
        return _told(user, security_keys.check(user, answer), origin)

    known_browsers = known_browser.known_browsers_of(request)
    return flow.second_factor(user, check, event, origin=origin, known_browsers=known_browsers, password=password)


def _told(user: User, outcome: CheckOutcome, origin: Origin) -> CheckOutcome:
    if isinstance(outcome, ProvenByKey) and outcome.copied_key:
        detail = {"name": outcome.copied_key}
        record_and_notify(Event.KEY_COPIED, origin=origin, actor=user, target=user, detail=detail)
    return outcome


def passkey_step(
    request: PanelRequest, credential: Mapping[str, Any], browser: str, *, next_address: str
) -> FactorOutcome | Onward:
    """A login without a password, on the budget of the IP address only, since ids of keys are not secret.

    Unknown keys and accounts that may not log in get the same refusal.
    """
    origin = Origin.from_request(request)
    attempt = budgets.consume(throttles.passkey(origin))
    if isinstance(attempt, Wait):
        note_wait(attempt, None, origin)
        return attempt
    user = _holder(credential)
    outcome = _attempt_by_passkey(user, credential, browser, attempt, origin)
    if isinstance(outcome, Wrong):
        return replace(outcome, wait=attempt.wait)
    if user is None or not isinstance(outcome, ProvenByKey):
        return outcome
    login = pending_login.by_passkey(user, next_address, outcome.device_id, proof.by_key(outcome))
    return Onward(flow.advance(request, user, login))


def _attempt_by_passkey(
    user: User | None, credential: Mapping[str, Any], browser: str, attempt: Attempt, origin: Origin
) -> CheckOutcome:
    """Checks a passkey, in a transaction of its own, which has released the key before the login needs the account's
    row: whoever removes keys locks the account first."""
    with transaction.atomic():
        outcome = _check(user, credential, browser, origin)
        if isinstance(outcome, ProvenByKey):
            budgets.reset(attempt)
        elif isinstance(outcome, Late):
            budgets.refund(attempt)
        else:
            record_event(Event.SIGN_IN_KEY, origin=origin, outcome=Outcome.FAILED, target=user)
    return outcome


def _check(user: User | None, credential: Mapping[str, Any], browser: str, origin: Origin) -> CheckOutcome:
    if user is None or not user.is_active or not user.two_factor_active:
        return Wrong(key=True)
    return _told(user, security_keys.check(user, KeyAnswer(credential, browser, ChallengePurpose.LOGIN)), origin)


def _holder(credential: Mapping[str, Any]) -> User | None:
    """The account of this key, in any state."""
    return FactorBackend().users().filter(pk__in=_keys_with(_id_in(credential)).values("user_id")).first()


def forgotten(credential: Mapping[str, Any]) -> str | None:
    """The id of this key if it names an account of this panel, and no account has it for the current host, so that a
    browser may forget it.

    A browser also offers the keys of other services on this host: ports make no difference to it. Those it must keep,
    even though it then keeps the keys of accounts that were deleted.
    """
    credential_id = _id_in(credential)
    if credential_id is None or _keys_with(credential_id).exists():
        return None
    named = User.objects.filter(subject=ceremony.subject_in(credential))
    return credential_id if named.exists() else None


def _id_in(credential: Mapping[str, Any]) -> str | None:
    try:
        return ceremony.credential_id_in(credential)
    except InvalidAnswer:
        return None


def _keys_with(credential_id: str | None) -> QuerySet[SecurityKey]:
    """At most one, of any account; none without an id."""
    return SecurityKey.objects.filter(credential_id=credential_id or "", rp_id=relying_party().id)
