"""What a step of a log-in, a set-up or a confirmation can end in. The view turns each into one response."""

from dataclasses import dataclass, field

from accounts.throttling.budgets import Wait


@dataclass(frozen=True)
class Proven:
    pass


@dataclass(frozen=True)
class Onward:
    """The password was right, and the login goes on."""

    address: str
    """The page of its next stage, or where it ends."""


@dataclass(frozen=True)
class ProvenByKey(Proven):
    """By a security key."""

    device_id: str
    verified: bool
    """The key verified its person."""
    synced: bool
    copied: bool
    """Its count did not grow: it may have been copied, and its person wasn't told today."""


@dataclass(frozen=True)
class Late:
    """The challenge is too old, used already or another browser's: nothing was attempted."""


@dataclass(frozen=True)
class Wrong:
    misplaced: bool = False
    """It looks like the other kind of code."""
    ended: bool = False
    """The tenth wrong code in a row: the parked log-in is over."""
    password: bool = False
    """The password was wrong, where both were asked."""
    key: bool = False
    """It came from a security key, so no code was guessed."""


@dataclass(frozen=True)
class Replay:
    """The code was right and is used up already."""


@dataclass(frozen=True)
class ClockOff:
    """Set-up only: the code is right for another time, `steps` of 30 seconds away (minus: the phone is slow)."""

    steps: int
    step: int
    """The time step whose code it is. It was named to whoever asked, so this key takes its code no more."""


@dataclass(frozen=True)
class Unreadable:
    """The stored key can't be opened: nobody gets in with it, and the owner has to reset it."""


@dataclass(frozen=True)
class Activated:
    """The proved key is the account's authenticator, and these are its recovery codes, in clear for the only time."""

    codes: list[str] = field(repr=False)
    signed_in: bool
    """The account had sessions."""
    notice_waits: bool
    """A notice from before the log-in that this completes waits for its person."""


@dataclass(frozen=True)
class Elsewhere:
    """Another browser was first to activate, or the account changed meanwhile."""


Outcome = Proven | Wrong | Replay | Unreadable | Late
"""What the check of a factor can end in."""
FactorOutcome = Outcome | Wait
"""What an attempt on the second factor can end in."""
SetupOutcome = Activated | Wrong | ClockOff | Elsewhere | Wait
"""What an attempt to activate a new key can end in."""
