"""Adding, renaming and removing keys, and removing the app beside them. One function per change.

The logins and confirmations that keys verify are in `login`.
"""

from dataclasses import replace
from datetime import datetime

from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import IntegrityError, transaction
from django_otp import DEVICE_ID_SESSION_KEY

from accounts.audit.record import record_event
from accounts.audit.waits import note_wait
from accounts.gate.request import PanelRequest
from accounts.models import Event, Outcome, User
from accounts.models.session_store import SessionStore
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.sessions import services as sessions
from accounts.throttling import budgets
from accounts.throttling.budgets import Wait
from accounts.users import authority
from twofactor.factors import account, app, security_keys
from twofactor.factors.security_keys import MAX_KEYS, KeyAnswer
from twofactor.help import services as help_requests
from twofactor.keys import ceremony, challenges
from twofactor.keys.credentials import InvalidAnswer, NewKey
from twofactor.keys.models import SecurityKey
from twofactor.keys.relying_party import relying_party
from twofactor.login import flow, throttles
from twofactor.outcomes import Activated, Elsewhere, Late, Wrong
from twofactor.requirement import plan


class TooManyKeys(Exception):
    pass


class TakenKey(Exception):
    """It is already registered, for this account or another one."""


class LastFactor(Exception):
    """Somebody who must use 2FA would be left without a factor."""


def check_new_key(user: User, answer: KeyAnswer, *, origin: Origin) -> NewKey | Wrong | Late | Wait:
    """The key that a browser registers, on the budget of the setup."""
    attempt = budgets.consume(throttles.setup(user))
    if isinstance(attempt, Wait):
        note_wait(attempt, user, origin)
        return attempt
    with transaction.atomic():
        found = _new_key(user, answer)
        if isinstance(found, Wrong):
            detail = {"with": "key"}
            record_event(
                Event.TWO_FACTOR_SETUP_CODE,
                origin=origin,
                outcome=Outcome.FAILED,
                actor=user,
                target=user,
                detail=detail,
            )
        elif isinstance(found, Late):
            budgets.refund(attempt)
        else:
            budgets.reset(attempt)
    return replace(found, wait=attempt.wait) if isinstance(found, Wrong) else found


def _new_key(user: User, answer: KeyAnswer) -> NewKey | Wrong | Late:
    try:
        challenge = ceremony.challenge_in(answer.credential)
    except InvalidAnswer:
        return Wrong(key=True)
    if not challenges.spend(challenge, answer.purpose, browser=answer.browser, user_id=user.pk):
        return Late()
    try:
        return ceremony.check_registration(answer.credential, relying_party(), challenge)
    except InvalidAnswer:
        return Wrong(key=True)


def add(user: User, new: NewKey, name: str, *, origin: Origin, session: SessionStore) -> SecurityKey:
    """Adds a key to an account that uses 2FA. Ends an open request for help, and no session.

    Raises TooManyKeys, TakenKey, and SessionInterrupted if the account has changed since the request began, or its
    session has ended.
    """
    with transaction.atomic():
        unchanged = User.objects.filter(pk=user.pk, stamp=user.stamp, two_factor_active_since__isnull=False)
        if not unchanged.select_for_update(no_key=True).exists():
            raise SessionInterrupted
        session.must_exist()
        if security_keys.keys_of(user).count() >= MAX_KEYS:
            raise TooManyKeys
        key = _store(user, new, name)
        help_requests.end_by_new_factor(user, origin=origin)
        record_and_notify(Event.KEY_ADDED, origin=origin, actor=user, target=user, detail={"name": name})
    return key


def activate(
    user: User,
    new: NewKey,
    name: str,
    *,
    origin: Origin,
    begun: datetime | None,
    known_browsers: str,
    but: str | None,
) -> Activated | Elsewhere:
    """Adds the first factor of an account, with its codes; ends all sessions except `but`. Call it within a
    transaction.

    Raises TakenKey.
    """
    activated = account.activate(user, lambda user: _store(user, new, name), begun=begun, known_browsers=known_browsers)
    if activated is None:
        return Elsewhere()
    if activated.logged_in:
        sessions.end_all(user, but=but)
    record_and_notify(Event.TWO_FACTOR_ACTIVATED, origin=origin, actor=user, target=user, detail={"with": "key"})
    return activated


def _store(user: User, new: NewKey, name: str) -> SecurityKey:
    key = SecurityKey(
        user=user,
        name=name,
        rp_id=relying_party().id,
        credential_id=new.credential_id,
        cose_key=new.cose_key,
        sign_count=new.sign_count,
        aaguid=new.aaguid,
        transports=new.transports,
        discoverable=new.discoverable,
        verified=new.verified,
        backup_eligible=new.backup_eligible,
        backed_up=new.backed_up,
    )
    try:
        with transaction.atomic():
            key.save(force_insert=True)
    except IntegrityError as fault:
        raise TakenKey from fault
    security_keys.recount(user)
    return key


def rename(user: User, key: SecurityKey, name: str, *, origin: Origin) -> bool:
    with transaction.atomic():
        if not security_keys.keys_of(user).filter(pk=key.pk).exclude(name=name).update(name=name):
            return False
        detail = {"old": key.name, "new": name}
        record_event(Event.KEY_RENAMED, origin=origin, actor=user, target=user, detail=detail)
    return True


def is_last(user: User, *, without: SecurityKey | None = None) -> bool:
    """Whether no usable factor would be left without this key (or without the app, if no key is given)."""
    if without and app.is_active(user):
        return False
    left = security_keys.usable(user)
    return not (left.exclude(pk=without.pk) if without else left).exists()


def remove(user: User, key: SecurityKey, *, origin: Origin, request: PanelRequest) -> bool:
    """Removes a key and ends the other sessions. If no usable factor is left, 2FA is disabled. False if the key no
    longer exists.

    Raises LastFactor, and SessionInterrupted as `add` does.
    """
    with transaction.atomic():
        authority.settled(User.objects.filter(pk=user.pk))  # a key that is being added counts, or comes too late
        last = is_last(user, without=key)
        if last and not plan.free_of(user).exists():
            raise LastFactor
        _advance(user, disables=last)
        if not last and not security_keys.keys_of(user).filter(pk=key.pk).delete()[0]:
            transaction.set_rollback(True)
            return False
        security_keys.recount(user)
        _go_on(request, user, disabled=last)
        event = Event.TWO_FACTOR_DISABLED if last else Event.KEY_REMOVED
        record_and_notify(event, origin=origin, actor=user, target=user, detail={"name": key.name})
    return True


def remove_app(user: User, *, origin: Origin, request: PanelRequest) -> bool:
    """Removes the app and keeps the keys. False if there is no app.

    Raises LastFactor, and SessionInterrupted as `add` does.
    """
    with transaction.atomic():
        if not app.is_active(user):
            return False
        if is_last(user):
            raise LastFactor
        _advance(user, disables=False)
        app.clear(user)
        _go_on(request, user, disabled=False)
        record_and_notify(Event.APP_REMOVED, origin=origin, actor=user, target=user)
    return True


def _advance(user: User, *, disables: bool) -> None:
    done = account.give_up(user) if disables else sessions.advance(user, known_browsers="")
    if not done:
        raise SessionInterrupted


def _go_on(request: PanelRequest, user: User, *, disabled: bool) -> None:
    """The factor that verified this session may be gone; from now on the keys as a whole verify it."""
    if disabled:
        request.session.pop(DEVICE_ID_SESSION_KEY, None)
        sessions.go_on(request.session, user)
    else:
        flow.renew(request, user, f"{security_keys.NAME}/{user.pk}")
