"""The outcomes of a step of a login, a setup or a confirmation. The view turns each into one response."""

from dataclasses import dataclass, field

from accounts.outbox.rows import NOTHING_MAILED, Mailed
from accounts.throttling.budgets import Wait


@dataclass(frozen=True)
class Proven:
    pass


@dataclass(frozen=True)
class Onward:
    """The password was correct, and the login continues."""

    address: str
    """The page of the next stage, or the one after the login."""


@dataclass(frozen=True)
class ProvenByKey(Proven):
    """Verified by a security key."""

    device_id: str
    verified: bool
    """Whether the key verified the person (by PIN or biometrics)."""
    synced: bool
    copied_key: str = ""
    """The name of a key whose counter did not increase, so that it may have been copied; empty if the person was
    already notified today."""


@dataclass(frozen=True)
class Late:
    """The challenge has expired, was used before, or belongs to another browser. It doesn't count as an attempt."""


@dataclass(frozen=True)
class Wrong:
    misplaced: bool = False
    """It looks like the other kind of code."""
    ended: bool = False
    """This was the tenth wrong code in a row, so the pending login has ended."""
    password: bool = False
    """The password was wrong, not the code."""
    key: bool = False
    """The answer came from a security key, so it was not a guessed code."""
    wait: Wait | None = None
    """Until then no further attempt is evaluated."""


@dataclass(frozen=True)
class Replay:
    """The code is correct, but was already used."""


@dataclass(frozen=True)
class ClockOff:
    """Setup only: the code belongs to a time `steps` steps of 30 seconds away (negative if the phone's clock is
    slow)."""

    steps: int
    step: int
    """The time step of the code. The page has revealed it, so its code is not accepted for this key."""
    wait: Wait | None = None


@dataclass(frozen=True)
class Unreadable:
    """The stored key can't be decrypted, so no code is correct until the owner resets it."""


@dataclass(frozen=True)
class Activated:
    """The key is now the account's authenticator. Only here are the recovery codes in clear."""

    codes: list[str] = field(repr=False)
    logged_in: bool
    """The account had sessions."""
    notice_waits: bool
    """A notice from before this login has not been shown yet."""
    mailed: Mailed = NOTHING_MAILED


@dataclass(frozen=True)
class Elsewhere:
    """Another browser has activated 2FA first, or the account has changed."""


CheckOutcome = Proven | Wrong | Replay | Unreadable | Late
"""What the check of a factor can end in."""
FactorOutcome = CheckOutcome | Wait
"""What an attempt on the second factor can end in."""
SetupOutcome = Activated | Wrong | ClockOff | Elsewhere | Wait
"""What an attempt to activate a new key can end in."""
