"""Decides which pages a visitor may open. Pure functions of plain values, without request or database.

What is not explicitly allowed is refused.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

from accounts.gate.access import Access, Audience, Stage


class TwoFactorState(Enum):
    OFF = auto()
    PENDING = auto()
    ACTIVE = auto()


def state(*, must_use: bool, active: bool) -> TwoFactorState:
    if active:
        return TwoFactorState.ACTIVE
    return TwoFactorState.PENDING if must_use else TwoFactorState.OFF


def login_stages(
    *, must_use: bool, active: bool, proven: bool, must_change_password: bool, offered: bool = False
) -> tuple[Stage, ...]:
    """The stages that are left between the correct password and the panel, in order.

    `offered`: 2FA is not required yet but will be, and this login has not asked yet whether to set it up now.
    """
    stages = []
    if active and not proven:
        stages.append(Stage.CODE)
    if must_change_password:
        stages.append(Stage.NEW_PASSWORD)
    if must_use and not active:
        stages.append(Stage.SETUP)
    elif offered and not active:
        stages.append(Stage.OFFER)
    return tuple(stages)


class Standing(NamedTuple):
    """What the gate knows about the visitor."""

    logged_in: bool = False
    stages: tuple[Stage, ...] = ()
    """The stages left: of a pending login, or of somebody who is logged in."""
    active: bool = False
    verified: bool = False
    staff: bool = False
    must_use: bool = False
    """2FA is required of this person."""
    owner: bool = False
    has_contract: bool = False
    """Whether a current contract is selected."""
    confirmed: bool = False
    """Whether the person logged in or confirmed within the last five minutes."""
    setup_open: bool = False
    """This session has a valid key that is being set up."""
    permissions: frozenset[str] = frozenset()

    @property
    def pending_login(self) -> bool:
        return not self.logged_in and bool(self.stages)


class VerdictKind(Enum):
    PASS = auto()
    LOGIN = auto()
    TO = auto()
    """Redirect to the page of `stage`."""
    LED_ON = auto()
    """This step is already done: redirect to the page after the login."""
    CONFIRM = auto()
    LOG_OUT = auto()
    FORBID = auto()
    NOT_FOUND = auto()
    """The page needs a contract and the account has none."""


@dataclass(frozen=True)
class Verdict:
    kind: VerdictKind
    stage: Stage | None = None

    @property
    def inside(self) -> bool:
        """Whether no step is left. Whether the object exists is checked before acting on these verdicts."""
        return self.kind in (VerdictKind.PASS, VerdictKind.FORBID, VerdictKind.CONFIRM)


PASS = Verdict(VerdictKind.PASS)
LOGIN = Verdict(VerdictKind.LOGIN)
LED_ON = Verdict(VerdictKind.LED_ON)
CONFIRM = Verdict(VerdictKind.CONFIRM)
LOG_OUT = Verdict(VerdictKind.LOG_OUT)
FORBID = Verdict(VerdictKind.FORBID)
NOT_FOUND = Verdict(VerdictKind.NOT_FOUND)


def to(stage: Stage) -> Verdict:
    return Verdict(VerdictKind.TO, stage)


def decide(standing: Standing, access: Access | None) -> Verdict:
    """The verdict for one request. Without a declaration, nobody may open the page."""
    if access is None:
        return FORBID
    if access.audience is Audience.OPEN:
        return PASS
    if standing.logged_in and standing.active and not standing.verified:
        return LOG_OUT
    if access.audience is Audience.STEP:
        return _at_step(standing, access)
    if not standing.logged_in:
        return to(standing.stages[0]) if standing.pending_login else LOGIN
    return _inside(standing, access)


def _at_step(standing: Standing, access: Access) -> Verdict:
    if standing.logged_in:
        return _step_logged_in(standing, access)
    if access.stage is Stage.PASSWORD:
        return PASS
    if access.stage is Stage.KEY:
        return to(standing.stages[0]) if standing.pending_login and standing.stages[0] is not Stage.CODE else PASS
    if not standing.pending_login:
        return LOGIN
    return PASS if access.stage is standing.stages[0] else to(standing.stages[0])


def _step_logged_in(standing: Standing, access: Access) -> Verdict:
    if access.stage in (Stage.CONFIRM, Stage.KEY):
        return PASS
    if access.stage is Stage.SETUP:
        return PASS if standing.confirmed or standing.setup_open else CONFIRM
    return to(standing.stages[0]) if Stage.SETUP in standing.stages else LED_ON


def _inside(standing: Standing, access: Access) -> Verdict:
    left = [stage for stage in standing.stages if stage is not Stage.CONTRACT or access.audience is Audience.CONTRACT]
    if left:
        return to(left[0])
    if access.audience is Audience.CONTRACT and not standing.has_contract:
        return NOT_FOUND
    if not _permitted(standing, access):
        return FORBID
    return CONFIRM if access.fresh and not standing.confirmed else PASS


def _permitted(standing: Standing, access: Access) -> bool:
    return (
        (standing.staff or access.audience is not Audience.STAFF)
        and (standing.owner or not access.owner_only)
        and (access.permission is None or access.permission in standing.permissions)
        and not (standing.must_use and access.own_choice)
    )
