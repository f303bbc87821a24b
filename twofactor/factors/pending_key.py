"""A key being set up, encrypted in its browser's session, so that a reload keeps it and another browser has its own.

It lives 15 minutes (in a pending login as long as the login) and ends when the account changes.
"""

import time
from dataclasses import asdict, dataclass, field

from accounts.gate.request import PanelRequest
from accounts.models import User
from twofactor import crypto, totp
from twofactor.models import BURNT_STEPS

_KEY = "setup"


@dataclass(frozen=True)
class Setup:
    sealed: str
    user_id: int
    stamp: int
    ends_at: int
    burnt: list[int] = field(default_factory=list)
    """Steps whose codes this page has recognized as early or late."""

    def key(self) -> bytes:
        """Raises `crypto.DecryptionError`."""
        return crypto.unseal(self.sealed, user_id=self.user_id, purpose=crypto.SETUP)

    @property
    def seconds_left(self) -> int:
        return max(0, self.ends_at - int(time.time()))


def load(request: PanelRequest, user: User) -> Setup | None:
    """The valid key of this browser, if its account has not changed since the key was created."""
    content = request.session.get(_KEY)
    setup = Setup(**content) if content else None
    alive = setup and setup.user_id == user.pk and setup.stamp == user.stamp and time.time() < setup.ends_at
    return setup if alive and _opens(setup) else None


def _opens(setup: Setup | None) -> bool:
    """False if the panel's keys were changed in the meantime."""
    try:
        return setup is not None and bool(setup.key())
    except crypto.DecryptionError:
        return False


def is_open(request: PanelRequest, user: User) -> bool:
    return load(request, user) is not None


def begin(request: PanelRequest, user: User, *, ends_at: int) -> Setup:
    """Creates a key for this browser, valid until `ends_at` (Unix time)."""
    sealed = crypto.seal(totp.new_key(), user_id=user.pk, purpose=crypto.SETUP)
    setup = Setup(sealed, user.pk, user.stamp, ends_at)
    request.session[_KEY] = asdict(setup)
    return setup


def burn(request: PanelRequest, step: int) -> None:
    """From now on, this browser's key rejects the code of this step."""
    content = request.session[_KEY]
    request.session[_KEY] = content | {"burnt": [step, *content.get("burnt", [])][:BURNT_STEPS]}


def drop(request: PanelRequest) -> None:
    request.session.pop(_KEY, None)
