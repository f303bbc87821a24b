"""Logins and confirmations by a key: without a password, as the second factor, and at `/confirm/`."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.audit.record import record_event
from accounts.gate.request import PanelRequest
from accounts.models import Event, User, audit
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.throttling import budgets
from accounts.throttling.budgets import Wait
from twofactor.backends import FactorBackend
from twofactor.factors import security_keys
from twofactor.factors.security_keys import KeyAnswer
from twofactor.keys import ceremony
from twofactor.keys.challenges import Purpose
from twofactor.keys.credentials import Refused
from twofactor.keys.models import SecurityKey
from twofactor.keys.relying_party import relying_party
from twofactor.login import flow, known_browser, pending_login, proof, throttles
from twofactor.outcomes import FactorOutcome, Late, Onward, Outcome, ProvenByKey, Wrong


def factor_step(request: PanelRequest, credential: Mapping[str, Any], browser: str) -> FactorOutcome | Onward:
    """The second factor of the pending login, which goes on with it."""
    waiting = request.pending_login
    answer = KeyAnswer(credential, browser, Purpose.FACTOR)
    outcome = _attempt(request, waiting.user, answer, Event.SIGN_IN_CODE)
    if not isinstance(outcome, ProvenByKey):
        return outcome
    proved = pending_login.proved(
        waiting.login, waiting.user, device_id=outcome.device_id, by=proof.by_key(outcome)
    )  # fmt: skip
    return Onward(flow.advance(request, waiting.user, proved))


def confirm_step(request: PanelRequest, credential: Mapping[str, Any], browser: str, password: str) -> FactorOutcome:
    """A key that verifies its person is enough; else the password is needed beside it."""
    answer = KeyAnswer(credential, browser, Purpose.CONFIRM)
    try:
        enough = ceremony.claims_verification(credential)
    except Refused:
        enough = True  # malformed: the check counts it
    if not enough and not password:
        return Wrong(password=True)
    return _attempt(request, request.user, answer, Event.CONFIRMED, password=None if enough else password)


def _attempt(
    request: PanelRequest, user: User, answer: KeyAnswer, event: Event, *, password: str | None = None
) -> FactorOutcome:
    origin = Origin.from_request(request)

    def check() -> Outcome:
        return _told(user, security_keys.check(user, answer), origin)

    known_browsers = known_browser.known_browsers_of(request)
    return flow.second_factor(user, check, event, origin=origin, known_browsers=known_browsers, password=password)


def _told(user: User, outcome: Outcome, origin: Origin) -> Outcome:
    if isinstance(outcome, ProvenByKey) and outcome.copied_key:
        detail = {"name": outcome.copied_key}
        record_and_notify(Event.KEY_COPIED, origin=origin, actor=user, target=user, detail=detail)
    return outcome


def passkey_step(
    request: PanelRequest, credential: Mapping[str, Any], browser: str, *, next_address: str
) -> Onward | Wrong | Late | Wait:
    """A login without a password, on the budget of the address alone: ids of keys are no secret.

    Unknown keys and accounts that may not log in are refused alike.
    """
    origin = Origin.from_request(request)
    attempt = budgets.consume(throttles.passkey(origin))
    if isinstance(attempt, Wait):
        flow.note_wait(attempt, None, origin)
        return attempt
    user = _holder(credential)
    with transaction.atomic():
        outcome = _check(user, credential, browser, origin)
        if isinstance(outcome, ProvenByKey) and user:
            budgets.reset(attempt)
            login = pending_login.by_passkey(user, next_address, outcome.device_id, proof.by_key(outcome))
            return Onward(flow.advance(request, user, login))
        if isinstance(outcome, Late):
            budgets.refund(attempt)
            return outcome
        record_event(Event.SIGN_IN_KEY, origin=origin, outcome=audit.Outcome.FAILED, target=user)
    return Wrong(key=True)


def _check(user: User | None, credential: Mapping[str, Any], browser: str, origin: Origin) -> Outcome:
    if user is None or not user.is_active or not user.two_factor_active:
        return Wrong(key=True)
    return _told(user, security_keys.check(user, KeyAnswer(credential, browser, Purpose.LOGIN)), origin)


def _holder(credential: Mapping[str, Any]) -> User | None:
    """Whose key this is, in any state."""
    try:
        credential_id = ceremony.credential_id_in(credential)
    except Refused:
        return None
    key = SecurityKey.objects.filter(credential_id=credential_id, rp_id=relying_party().id)
    return FactorBackend().users().filter(pk__in=key.values("user_id")).first()


def forgotten(credential: Mapping[str, Any]) -> str | None:
    """The id of this key if no account has it under the host in force, so that a browser may forget it."""
    try:
        credential_id = ceremony.credential_id_in(credential)
    except Refused:
        return None
    known = SecurityKey.objects.filter(credential_id=credential_id, rp_id=relying_party().id)
    return None if known.exists() else credential_id
