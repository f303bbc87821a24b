"""What a step of a login, a setup or a confirmation can end in. The view turns each into one response."""

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
    copied_key: str = ""
    """The name of a key whose count did not grow (it may have been copied), if its person wasn't told today."""


@dataclass(frozen=True)
class Late:
    """The challenge is too old, used already or another browser's: nothing was attempted."""


@dataclass(frozen=True)
class Wrong:
    misplaced: bool = False
    """It looks like the other kind of code."""
    ended: bool = False
    """The tenth wrong code in a row: the pending login is over."""
    password: bool = False
    """The password was wrong, where both were asked."""
    key: bool = False
    """It came from a security key, so no code was guessed."""


@dataclass(frozen=True)
class Replay:
    """The code is correct, but was already used."""


@dataclass(frozen=True)
class ClockOff:
    """Setup only: the code is right for another time, `steps` of 30 seconds away (minus: the phone is slow)."""

    steps: int
    step: int
    """The time step whose code it is. The page has named it, so its code is not accepted for this key."""


@dataclass(frozen=True)
class Unreadable:
    """The stored key can't be decrypted, so no code is correct until the owner resets it."""


@dataclass(frozen=True)
class Activated:
    """The key is now the account's authenticator. The recovery codes are in clear here and nowhere else."""

    codes: list[str] = field(repr=False)
    signed_in: bool
    """The account had sessions."""
    notice_waits: bool
    """A notice from before this login waits to be shown."""


@dataclass(frozen=True)
class Elsewhere:
    """Another browser was first to activate, or the account changed meanwhile."""


Outcome = Proven | Wrong | Replay | Unreadable | Late
"""What the check of a factor can end in."""
FactorOutcome = Outcome | Wait
"""What an attempt on the second factor can end in."""
SetupOutcome = Activated | Wrong | ClockOff | Elsewhere | Wait
"""What an attempt to activate a new key can end in."""
