"""Requests for help and the owner's answers: one function per change, with the account's row locked first.

Each sets `decided_at` by one conditional update, so of two concurrent answers only one counts.
"""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.audit.record import record_event
from accounts.models import Event, Outcome, User
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.outbox.rows import NOTHING_MAILED, Mailed
from accounts.sessions import services as sessions
from accounts.users import authority, two_factor
from twofactor import crypto
from twofactor.factors import account
from twofactor.help import letters, policy, queries, words
from twofactor.help.models import HelpDecision, HelpRequest
from twofactor.login import ending, pending_login


@dataclass(frozen=True)
class HelpAsked:
    request: HelpRequest
    is_new: bool = True


@dataclass(frozen=True)
class AskedElsewhere:
    """Another browser has an open request for this account."""


@dataclass(frozen=True)
class NotOpen:
    """The request was answered, has expired, or its login or account has changed."""


@dataclass(frozen=True)
class WrongWords:
    left: int
    """Entries left; with none left, the request has ended."""


@dataclass(frozen=True)
class Approved:
    mailed: Mailed


def ask(
    user: User, *, session_key: str, browser: str, known_browser: str, language: str, origin: Origin
) -> HelpAsked | AskedElsewhere | NotOpen:
    """Creates a request with new words for the pending login in the row `session_key`, or returns its open one.

    If the browser asks from another login, or its words can't be read any more, its earlier request ends.
    """
    with transaction.atomic():
        locked = _lock(user.pk)
        if locked is None or locked.stamp != user.stamp or not queries.may_log_in(locked):
            return NotOpen()
        found = _open(locked, origin)
        if found and found.session_key == session_key and words_of(found):
            return HelpAsked(found, is_new=False)
        if found and found.browser != browser:
            return AskedElsewhere()
        if found:
            _end(found, locked, HelpDecision.ASKED_ANEW, origin)
        return HelpAsked(_make(locked, session_key, browser, known_browser, language, origin))


def _make(user: User, session_key: str, browser: str, known_browser: str, language: str, origin: Origin) -> HelpRequest:
    now, before = timezone.now(), queries.last_login_from(user, origin.ip)
    asked = HelpRequest(
        user=user,
        stamp=user.stamp,
        session_key=session_key,
        browser=browser,
        known_browser=known_browser,
        words=crypto.seal(words.draw(language).encode(), user_id=user.pk, purpose=crypto.HELP_WORDS),
        ip=origin.ip,
        user_agent=origin.agent,
        last_login_here=before.at if before else None,
        mailed=queries.may_be_mailed(user, known_browser),
        created_at=now,
        expires_at=now + policy.LIFETIME,
    )
    asked.save(force_insert=True)
    record_event(Event.HELP_REQUESTED, origin=origin, actor=user, target=user)
    if asked.mailed:
        letters.tell(asked, origin)
    return asked


def latest(user: User, browser: str, *, origin: Origin) -> HelpRequest | None:
    """The last request of this browser. If it has ended, this is logged first."""
    asked = queries.latest_of(user, browser)
    if asked and not asked.decided_at and policy.ended(queries.facts(asked, user), timezone.now()):
        _close(asked, origin)
        return queries.latest_of(user, browser)
    return asked


def words_of(asked: HelpRequest) -> str:
    """In clear, for the browser that asked; empty if the keys of the panel were changed in the meantime."""
    try:
        return crypto.unseal(asked.words, user_id=asked.user_id, purpose=crypto.HELP_WORDS).decode()
    except crypto.DecryptionError:
        return ""


def approve(
    *, actor: User, target: User, request_id: int, typed: str, origin: Origin
) -> Approved | WrongWords | NotOpen:
    """Resets 2FA for the browser whose words these are. No other browser can continue until 2FA is set up in that
    one."""
    with transaction.atomic():
        locked = _lock(target.pk)
        asked = _to_be_answered(locked, request_id, actor, origin)
        if locked is None or asked is None:
            return NotOpen()
        if not _right(asked, typed):
            return _count_wrong(asked, locked, actor, origin)
        if not _decide(asked, HelpDecision.APPROVED):
            return NotOpen()
        two_factor.count_reset(User.objects.filter(pk=locked.pk))
        account.clear(locked)
        authority.take_back(locked)
        two_factor.reserve_setup(locked, asked.browser)
        sessions.end_all(locked)
        mailed = record_and_notify(Event.HELP_APPROVED, origin=origin, actor=actor, target=target)
    return Approved(mailed)


def _right(asked: HelpRequest, typed: str) -> bool:
    expected = words_of(asked)
    return bool(expected) and words.match(typed, expected)


def _count_wrong(asked: HelpRequest, user: User, actor: User, origin: Origin) -> WrongWords:
    HelpRequest.objects.filter(pk=asked.pk).update(wrong_entries=F("wrong_entries") + 1)
    left = max(0, policy.WRONG_ENTRIES - asked.wrong_entries - 1)
    detail = {"entries_left": left}
    record_event(Event.HELP_WORDS_WRONG, origin=origin, outcome=Outcome.FAILED, actor=actor, target=user, detail=detail)
    if not left:
        _end(asked, user, HelpDecision.WRONG_WORDS, origin)
    return WrongWords(left)


def refuse(*, actor: User, target: User, request_id: int, origin: Origin) -> Mailed | None:
    """Ends the request and its login; None if it isn't open."""
    with transaction.atomic():
        locked = _lock(target.pk)
        asked = _to_be_answered(locked, request_id, actor, origin)
        if asked is None or not _decide(asked, HelpDecision.REFUSED):
            return None
        ending.end_elsewhere(asked.session_key, target.pk, pending_login.Reason.REFUSED)
        record_event(Event.HELP_REFUSED, origin=origin, actor=actor, target=target)
    return NOTHING_MAILED


def block(*, actor: User, target: User, request_id: int, origin: Origin) -> Mailed | None:
    """Refuses, unless this was done already, and blocks the password until it is reset. None if nothing changed.

    Possible for an open request, and for one that was just refused.
    """
    with transaction.atomic():
        refused = refuse(actor=actor, target=target, request_id=request_id, origin=origin)
        locked = _lock(target.pk)
        mine = HelpRequest.objects.filter(pk=request_id, user=target, decision=HelpDecision.REFUSED)
        may = locked and locked.stamp in mine.values_list("stamp", flat=True) and _may_answer(locked, actor)
        if refused is None and not may:
            return None
        mine.update(decision=HelpDecision.BLOCKED)
        if not two_factor.block_password(target):
            return NOTHING_MAILED
        return record_and_notify(Event.PASSWORD_BLOCKED, origin=origin, actor=actor, target=target)


def end_by_new_factor(user: User, *, origin: Origin) -> None:
    """Ends the open request of an account that has a new factor under the same stamp. Call it with the row locked."""
    if asked := _open(user, origin):
        _end(asked, user, HelpDecision.ACCOUNT_CHANGED, origin)


def close_ended(*, origin: Origin) -> int:
    """Logs requests that have expired; returns how many."""
    dead = HelpRequest.objects.undecided().exclude(pk__in=queries.still_open().values("pk")).select_related("user")
    return sum(_close(asked, origin) for asked in dead)


def _close(asked: HelpRequest, origin: Origin) -> bool:
    with transaction.atomic():
        user = _lock(asked.user_id)
        reason = policy.ended(queries.facts(asked, user), timezone.now()) if user else None
        return bool(user and reason and _end(asked, user, reason, origin))


def _lock(user_id: int) -> User | None:
    """The current row, locked until the end of the transaction; None if it no longer exists."""
    return User.objects.select_for_update(no_key=True).filter(pk=user_id).first()


def _may_answer(user: User, actor: User) -> bool:
    """Checks permission again when the answer takes effect."""
    return queries.helpers_of(user).filter(authority.in_session(actor), pk=actor.pk).exists()


def _to_be_answered(user: User | None, request_id: int, actor: User, origin: Origin) -> HelpRequest | None:
    if user is None or not _may_answer(user, actor):
        return None
    asked = _open(user, origin)
    return asked if asked and asked.pk == request_id else None


def _open(user: User, origin: Origin) -> HelpRequest | None:
    """The request, if it can be answered. If it has ended in the meantime, this is stored."""
    asked = HelpRequest.objects.undecided().filter(user=user).first()
    reason = policy.ended(queries.facts(asked, user), timezone.now()) if asked else None
    if asked and reason:
        _end(asked, user, reason, origin)
        return None
    return asked


def _end(asked: HelpRequest, user: User, why: HelpDecision, origin: Origin) -> bool:
    if not _decide(asked, why):
        return False
    detail = {"why": why.value}
    record_event(Event.HELP_ENDED, origin=origin, outcome=Outcome.REFUSED, target=user, detail=detail)
    return True


def _decide(asked: HelpRequest, decision: HelpDecision) -> bool:
    rows = HelpRequest.objects.undecided().filter(pk=asked.pk)
    return bool(rows.update(decided_at=timezone.now(), decision=decision))
