"""A request of an application on its way through the panel's own pages: login, confirmation, setup, questions.

It travels sealed in the address, so that no log has what it says, and comes back to `/openid/authorize/<sealed>/`.
"""

import json
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.http import QueryDict
from django.urls import reverse

from accounts.gate.redirects import NEXT_MAX_LENGTH
from accounts.models import User
from accounts.outbox import sealing
from cloudpanel.applications.openid.errors import PageError

PROOF_SECONDS = 20 * 60
"""How long a proof that was asked for is waited for: a login with a setup takes at most these (five and 15 minutes)."""


@dataclass(frozen=True)
class Asked:
    query: str
    since: float = 0
    """A login or confirmation after this moment (Unix time) is the one that was asked for; 0 if none was."""
    answered: tuple[str, ...] = ()
    """The prompts that this person has answered."""
    user_id: int | None = None
    """Who answered them."""

    @property
    def data(self) -> QueryDict:
        return QueryDict(self.query)

    def is_proved_by(self, at: datetime) -> bool:
        """Whether a proof at this moment is the one that was asked for.

        Not for long: else a request kept from long ago would count any later login as its own.
        """
        return bool(self.since) and at.timestamp() >= self.since > time.time() - PROOF_SECONDS

    def has_answered(self, prompt: str, user: User) -> bool:
        return prompt in self.answered and self.user_id == user.pk

    def answer(self, prompt: str, user: User) -> "Asked":
        kept = self.answered if self.user_id == user.pk else ()
        return replace(self, answered=(*kept, prompt), user_id=user.pk)


def seal(asked: Asked) -> str:
    """Raises PageError where the request is too long to be carried."""
    sealed = sealing.seal(json.dumps(asdict(asked))).rstrip("=")
    if len(resume(sealed)) > NEXT_MAX_LENGTH:
        raise PageError
    return sealed


def resume(sealed: str) -> str:
    return reverse("openid_resume", args=[sealed])


def unseal(sealed: str) -> Asked | None:
    """None for what the panel hasn't sealed itself."""
    packed = sealing.unseal(sealed + "=" * (-len(sealed) % 4)) if sealed.isascii() else None
    if packed is None:
        return None
    content = json.loads(packed)
    return Asked(**content | {"answered": tuple(content["answered"])})
