"""A login between the password and its last step, kept in the session of its browser.

It opens only its own steps. It ends five minutes after the password (15 during setup), or when the account changes.
"""

import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.gate import saved_input
from accounts.gate.access import Stage
from accounts.gate.redirects import HOME
from accounts.gate.request import PanelRequest
from accounts.models import Session, User
from accounts.models.auth_hash import is_auth_hash
from twofactor import policy
from twofactor.backends import FactorBackend
from twofactor.factors import account
from twofactor.login import proof
from twofactor.login.proof import Method

LIFETIME_SECONDS = 5 * 60
SETUP_LIFETIME_SECONDS = 15 * 60
OFFER_OPEN, OFFER_DONE = "open", "done"
ENDED = "ended"
"""Where the session says why its login was ended from outside (`ending`)."""
_KEY = "parked"  # the stored name of the version before, whose sessions are still read
_SPENT = "spent"
_BESIDE = (proof.METHODS, "offer", "help", "help_until", "active")
"""Stored separately from the rest, which a server of the previous version reads."""


class Reason(StrEnum):
    """Why a login ended; `/login/?ended=…` shows it as a message."""

    NONE = "none"
    CODE_USED = "code-used"
    CHANGED = "changed"
    ELSEWHERE = "elsewhere"
    EXPIRED = "expired"
    TOO_MANY = "too-many"
    SESSION = "session"
    KEPT = "kept"
    NOT_SENT = "not-sent"
    REFUSED = "refused"
    RESERVED = "reserved"


@dataclass(frozen=True)
class LoginState:
    user_id: int
    next: str
    at: float
    """Unix time of the password step."""
    auth_hash: str
    device_id: str | None = None
    """The authenticator whose code was verified in this login."""
    methods: str = Method.MEMORIZED.value
    """What has been verified, as in `Session.methods`."""
    offer: str = ""
    """Setup of 2FA that is only planned: `open` while the page asks, `done` once it is answered."""

    help: str = ""
    """Digest of the secret of this browser (`setup_browser`), where this login has asked the account owner for help."""
    help_until: int = 0
    """Unix time at which that request ends. It prolongs the login."""
    active: bool = True
    """Whether the account had 2FA after the last step."""

    @property
    def begun(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def ends_at(self, stage: Stage) -> int:
        setup = stage is Stage.SETUP
        own = int(self.at) + (SETUP_LIFETIME_SECONDS if setup else LIFETIME_SECONDS)
        return max(own, self.help_until + (SETUP_LIFETIME_SECONDS if setup else 0)) if self.help else own


@dataclass(frozen=True)
class PendingLogin:
    """A valid pending login, its account as it is now, and the stages left (at least one)."""

    login: LoginState
    user: User
    stages: tuple[Stage, ...]

    @property
    def ends_at(self) -> int:
        return self.login.ends_at(self.stages[0])


@dataclass(frozen=True)
class Ended:
    """Why there is no pending login."""

    reason: Reason
    next: str = HOME


def begin(user: User, next_address: str) -> LoginState:
    active = account.is_active(user)
    return LoginState(user.pk, next_address, time.time(), user.get_session_auth_hash(), active=active)


def by_passkey(user: User, next_address: str, device_id: str, methods: str) -> LoginState:
    """A login that begins with both factors verified."""
    return replace(begin(user, next_address), device_id=device_id, methods=methods)


def proved(login: LoginState, user: User, *, device_id: str | None, by: str = "") -> LoginState:
    """The same login after a step that has itself changed the account, or verified something: `by` which method.

    A request for help that was not approved ends with that step, and with it the time that it gave.
    """
    methods = proof.joined(login.methods, by)
    if login.help != user.setup_browser:
        login = replace(login, help="", help_until=0)
    login = replace(login, auth_hash=user.get_session_auth_hash(), active=account.is_active(user))
    return replace(login, device_id=device_id, methods=methods)


def stages_of(login: LoginState, user: User) -> tuple[Stage, ...]:
    return policy.login_stages(
        must_use=account.must_set_up(user),
        active=account.is_active(user),
        proven=account.device_of(user, login.device_id) is not None,
        must_change_password=user.must_change_password,
        offered=login.offer == OFFER_OPEN or (user.two_factor_planned and not login.offer),
    )


def store(request: PanelRequest, login: LoginState, stage: Stage) -> None:
    """Stores the login under a new session id, with the saved input of this account. The caller saves the session.

    An offered setup stays open until it is answered, even if the plan is withdrawn while the page asks.
    """
    if stage is Stage.OFFER:
        login = replace(login, offer=OFFER_OPEN)
    passed_on = saved_input.pass_on(request, login.user_id)
    request.session.flush()
    content = asdict(login)
    beside = {name: content.pop(name) for name in _BESIDE}
    request.session.update({_KEY: content} | beside | passed_on)


def account_in(content: dict[str, Any]) -> int | None:
    """The id of the account whose login is pending in a session with this content."""
    return content[_KEY]["user_id"] if _KEY in content else None


def read_user(user_id: int) -> User | None:
    """The current account, with its authenticator; None if it may not log in."""
    return FactorBackend().get_user(user_id)


def load(request: PanelRequest) -> PendingLogin | Ended:
    """The pending login of this browser, or why there is none."""
    content = request.session.get(_KEY)
    if content is None:
        return Ended(_reason_left(request))
    beside = {name: request.session[name] for name in _BESIDE if name in request.session}
    login = LoginState(**content, **beside)
    user = request.session.row.user if request.session.row else None
    if user and _was_helped(login, user):
        login = replace(login, auth_hash=user.get_session_auth_hash())
    reason = _dead_because(login, user)
    if reason or user is None:
        return Ended(reason or Reason.CHANGED, login.next)
    waiting = PendingLogin(login, user, stages_of(login, user))
    if not waiting.stages:
        return Ended(Reason.CHANGED, login.next)
    return waiting if _still_runs(waiting) else Ended(Reason.EXPIRED, login.next)


def _reason_left(request: PanelRequest) -> Reason:
    if _SPENT in request.session:
        return Reason.CODE_USED
    return Reason(request.session.get(ENDED, Reason.NONE))


def _was_helped(login: LoginState, user: User) -> bool:
    """The account owner has reset 2FA for this browser, and nothing else has changed since the password."""
    if not (login.help and user.setup_browser and constant_time_compare(login.help, user.setup_browser)):
        return False
    return _began_with(login, user, user.stamp - 1)


def _began_with(login: LoginState, user: User, stamp: int) -> bool:
    """Whether it began with today's password and this stamp."""
    return is_auth_hash(login.auth_hash, user.password, stamp)


def _still_runs(waiting: PendingLogin) -> bool:
    """Time beyond the usual minutes is for waiting for the account owner's answer."""
    login, user = waiting.login, waiting.user
    now = time.time()
    if now >= waiting.ends_at:
        return False
    usual = replace(login, help="").ends_at(waiting.stages[0])
    return now < usual or login.help == user.setup_browser or _waits_for_help(login, user)


def _waits_for_help(login: LoginState, user: User) -> bool:
    """Whether the request for help of this browser is still open."""
    asked = user.help_requests.undecided().filter(browser=login.help)
    return asked.filter(expires_at__gt=timezone.now()).exists()


def row_of(request: PanelRequest, login: LoginState) -> Session | None:
    """The row of this pending login as the request found it; None if the login has only begun with this request."""
    pending = request.pending_login
    return request.session.row if pending and pending.login.at == login.at else None


def ask_for_help(request: PanelRequest, *, browser: str, until: datetime) -> None:
    """This login has asked the account owner for help, so it stays alive until then, as long as the request is open."""
    request.session.update({"help": browser, "help_until": int(until.timestamp())})


def _dead_because(login: LoginState, user: User | None) -> Reason | None:
    blocked = user and user.password_revoked_at and proof.has(login.methods, proof.Method.MEMORIZED)
    if user is None or not user.is_active or blocked:
        return Reason.CHANGED
    if _began_with(login, user, user.stamp):
        return None
    set_up_elsewhere = account.is_active(user) and not login.active
    return Reason.ELSEWHERE if set_up_elsewhere else Reason.CHANGED


def is_spent_by_now(request: PanelRequest) -> bool:
    """Whether the other request of a double click has finished this login while this one ran."""
    return _SPENT in type(request.session)(request.session.session_key)


def is_over_by_now(request: PanelRequest) -> bool:
    """Whether this step was finished while this request ran, by the other request of a double click, or the login was
    ended."""
    return _KEY not in type(request.session)(request.session.session_key)


def leave_spent(request: PanelRequest) -> None:
    """Leaves a note under the id from before the login, so that a request with it learns that the code was used."""
    request.session.pop(_KEY, None)
    request.session.leave_note({_SPENT: True}, seconds=LIFETIME_SECONDS)
