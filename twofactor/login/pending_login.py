"""A login between the password and its last step, kept in the session of its browser.

It opens nothing but its own steps. It ends five minutes after the password (15 during setup), or when the account
changes.
"""

import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.utils.crypto import constant_time_compare

from accounts.gate import saved_input
from accounts.gate.access import Stage
from accounts.gate.redirects import HOME
from accounts.gate.request import PanelRequest
from accounts.models import User
from twofactor import policy
from twofactor.backends import FactorBackend
from twofactor.factors import account
from twofactor.login import proof
from twofactor.login.proof import Method

LIFETIME_SECONDS = 5 * 60
SETUP_LIFETIME_SECONDS = 15 * 60
OFFER_OPEN, OFFER_DONE = "open", "done"
_KEY = "parked"  # the stored name of the version before, whose sessions are still read
_OFFER = "offer"
_SPENT = "spent"


class Reason(StrEnum):
    """Why a login is over; `/login/?ended=…` says it in a sentence."""

    NONE = "none"
    CODE_USED = "code-used"
    CHANGED = "changed"
    ELSEWHERE = "elsewhere"
    EXPIRED = "expired"
    TOO_MANY = "too-many"
    SESSION = "session"
    KEPT = "kept"
    NOT_SENT = "not-sent"


@dataclass(frozen=True)
class LoginState:
    user_id: int
    next: str
    at: float
    """Unix time of the password step."""
    auth_hash: str
    device_id: str | None = None
    """The authenticator for which the code was proved in this login."""
    methods: str = Method.MEMORIZED.value
    """What was proved by now, as in `Session.methods`."""
    offer: str = ""
    """Setup of 2FA that is only planned: `open` while the page asks, `done` once it is answered."""

    @property
    def begun(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def ends_at(self, stage: Stage) -> int:
        return int(self.at) + (SETUP_LIFETIME_SECONDS if stage is Stage.SETUP else LIFETIME_SECONDS)


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
    """Why there is no pending login, or no longer one."""

    reason: Reason
    next: str = HOME


def begin(user: User, next_address: str) -> LoginState:
    return LoginState(user.pk, next_address, time.time(), user.get_session_auth_hash())


def by_passkey(user: User, next_address: str, device_id: str, methods: str) -> LoginState:
    """A login that begins with both factors proved."""
    return replace(begin(user, next_address), device_id=device_id, methods=methods)


def proved(login: LoginState, user: User, *, device_id: str | None, by: str = "") -> LoginState:
    """The same login after a step that has itself changed the account, or proved something: `by` which method."""
    methods = proof.joined(login.methods, by)
    return replace(login, auth_hash=user.get_session_auth_hash(), device_id=device_id, methods=methods)


def stages_of(login: LoginState, user: User) -> tuple[Stage, ...]:
    return policy.login_stages(
        must_use=user.must_use_two_factor,
        active=account.is_active(user),
        proven=account.device_of(user, login.device_id) is not None,
        must_change_password=user.must_change_password,
        offered=login.offer == OFFER_OPEN or (user.two_factor_planned and not login.offer),
    )


def store(request: PanelRequest, login: LoginState, stage: Stage) -> None:
    """Keeps the login under a new session id, and what this account typed before it. The caller saves it.

    An offered setup stays open until it is answered, even if the plan is withdrawn while the page asks.
    """
    if stage is Stage.OFFER:
        login = replace(login, offer=OFFER_OPEN)
    passed_on = saved_input.pass_on(request, login.user_id)
    request.session.flush()
    content = asdict(login)
    beside = {name: content.pop(name) for name in (proof.METHODS, _OFFER)}  # a server of before reads the rest
    request.session.update({_KEY: content} | beside | passed_on)


def account_in(content: dict[str, Any]) -> int | None:
    """The id of the account whose login is pending in a session with this content."""
    return content[_KEY]["user_id"] if _KEY in content else None


def read_user(user_id: int) -> User | None:
    """The account as the database has it now, with its authenticator; None for one that may not log in."""
    return FactorBackend().get_user(user_id)


def load(request: PanelRequest) -> PendingLogin | Ended:
    """The pending login of this browser, or why there is none."""
    content = request.session.get(_KEY)
    if content is None:
        return Ended(Reason.CODE_USED if _SPENT in request.session else Reason.NONE)
    methods = request.session.get(proof.METHODS, Method.MEMORIZED.value)
    login = LoginState(**content, methods=methods, offer=request.session.get(_OFFER, ""))
    user = request.session.row.user if request.session.row else None
    reason = _dead_because(login, user)
    if reason or user is None:
        return Ended(reason or Reason.CHANGED, login.next)
    waiting = PendingLogin(login, user, stages_of(login, user))
    if not waiting.stages:
        return Ended(Reason.CHANGED, login.next)
    return waiting if time.time() < waiting.ends_at else Ended(Reason.EXPIRED, login.next)


def _dead_because(login: LoginState, user: User | None) -> Reason | None:
    blocked = user and user.password_revoked_at and proof.has(login.methods, proof.Method.MEMORIZED)
    if user is None or not user.is_active or blocked:
        return Reason.CHANGED
    if constant_time_compare(login.auth_hash, user.get_session_auth_hash()):
        return None
    return Reason.ELSEWHERE if account.is_active(user) and not login.device_id else Reason.CHANGED


def is_spent_by_now(request: PanelRequest) -> bool:
    """Whether the other request of a double click finished this login while this one ran."""
    return _SPENT in type(request.session)(request.session.session_key)


def leave_spent(request: PanelRequest) -> None:
    """Leaves a note under the id from before the login, so that a request with it learns that the code was used."""
    request.session.pop(_KEY, None)
    request.session.leave_note({_SPENT: True}, seconds=LIFETIME_SECONDS)
