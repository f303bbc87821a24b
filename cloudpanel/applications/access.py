"""Decides whether a person may open an application now. Pure: takes plain values, returns a reason against it or None.

Called at each check of the guard, on the launch page and at each use of OpenID Connect. What is not explicitly allowed
is refused.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto

from accounts import clock

PASSKEY_METHODS = frozenset({"hwk", "swk"})
"""The values of RFC 8176 in `Session.methods` for a security key or a passkey."""


def used_passkey(methods: str | None) -> bool:
    """`methods` as in `Session.methods`."""
    return not PASSKEY_METHODS.isdisjoint((methods or "").split())


class Refusal(Enum):
    """Why not, in the order in which it is checked."""

    LOGIN = auto()
    """Nobody is logged in, or the login was not completed."""
    STRANGER = auto()
    """The account belongs to another contract, or to none."""
    APPLICATION_DISABLED = auto()
    ROLE_DISABLED = auto()
    ROLE = auto()
    """The application is for other roles."""
    SETUP = auto()
    """The owner or the application requires two-factor authentication, and it is not set up."""
    PASSKEY = auto()
    """No security key or passkey was used in this session."""
    CONFIRM = auto()
    """The last login or confirmation is too long ago to open the application."""

    @property
    def can_be_solved(self) -> bool:
        """Whether the person can resolve this. The panel then redirects to the page for it and back; any other reason
        is a 403."""
        return self in (Refusal.LOGIN, Refusal.SETUP, Refusal.PASSKEY, Refusal.CONFIRM)


@dataclass(frozen=True)
class Rules:
    """What the decision needs to know about an application."""

    contract_id: int
    owner_id: int
    """The owner of the contract."""
    is_active: bool
    who: str
    needs: str
    reauthenticate_minutes: int | None = None


@dataclass(frozen=True)
class Person:
    """What the decision needs to know about an account and its session."""

    id: int
    is_active: bool
    contract_id: int | None
    role_enabled: bool
    role_listed: bool
    """Whether the role is among those that the application is for."""
    must_use_two_factor: bool
    two_factor_active: bool
    verified: bool
    """Whether this session has verified the second factor."""
    used_passkey: bool = False
    """Whether a security key or passkey was used in this session."""


def decide(rules: Rules, person: Person | None, *, proof_age: timedelta | None = None) -> Refusal | None:
    """The reason against it, or None.

    `proof_age` is the time since the last login or confirmation. It is only passed when a visit or a login begins.
    """
    if person is None or not person.is_active or (person.two_factor_active and not person.verified):
        return Refusal.LOGIN
    return _not_for(rules, person) or _left_to_do(rules, person, proof_age)


def can_open(rules: Rules, person: Person) -> bool:
    """Whether the person can open it, also if something is left to do first, such as setting up 2FA."""
    why = decide(rules, person)
    return why is None or why.can_be_solved


def _not_for(rules: Rules, person: Person) -> Refusal | None:
    is_owner = person.id == rules.owner_id
    if not is_owner and person.contract_id != rules.contract_id:
        return Refusal.STRANGER
    if not rules.is_active:
        return Refusal.APPLICATION_DISABLED
    if is_owner:
        return None
    if not person.role_enabled:
        return Refusal.ROLE_DISABLED
    return None if rules.who == "everybody" or (rules.who == "roles" and person.role_listed) else Refusal.ROLE


def _left_to_do(rules: Rules, person: Person, proof_age: timedelta | None) -> Refusal | None:
    if not person.two_factor_active and (person.must_use_two_factor or rules.needs != "login"):
        return Refusal.SETUP
    if rules.needs not in ("login", "two_factor") and not (rules.needs == "passkey" and person.used_passkey):
        return Refusal.PASSKEY
    if proof_age is not None and rules.reauthenticate_minutes is not None:
        oldest = timedelta(minutes=rules.reauthenticate_minutes)
        return None if -clock.SLACK <= proof_age <= oldest else Refusal.CONFIRM
    return None
