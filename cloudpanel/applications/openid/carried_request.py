"""An application's request while it passes through pages of the panel: login, confirmation, setup, questions.

It is encrypted in the URL, so that no log contains it, and continues at `/openid/authorize/<sealed>/`.
"""

import json
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from django.http import QueryDict
from django.urls import reverse

from accounts import sealing
from accounts.gate.redirects import is_short
from accounts.models import User
from cloudpanel.applications.openid.errors import PageError

PURPOSE = "openid.asked"
PROOF_SECONDS = 20 * 60
"""How long a requested login or confirmation may take: a login with setup takes at most this long (five and 15
minutes)."""


@dataclass(frozen=True)
class CarriedRequest:
    query: str
    since: float = 0
    """A login or confirmation after this Unix time counts as the requested one; 0 if none was requested."""
    answered: tuple[str, ...] = ()
    """The prompts that the person has answered."""
    user_id: int | None = None
    """The person who answered them."""

    @property
    def data(self) -> QueryDict:
        return QueryDict(self.query)

    def is_proved_by(self, at: datetime) -> bool:
        """Whether a login or confirmation at this time is the requested one.

        The time is limited: otherwise any later login would satisfy a request that somebody has kept.
        """
        return bool(self.since) and at.timestamp() >= self.since > time.time() - PROOF_SECONDS

    def has_answered(self, prompt: str, user: User) -> bool:
        return prompt in self.answered and self.user_id == user.pk

    def answer(self, prompt: str, user: User) -> "CarriedRequest":
        kept = self.answered if self.user_id == user.pk else ()
        return replace(self, answered=(*kept, prompt), user_id=user.pk)


def seal(carried: CarriedRequest) -> str:
    """Encrypts the request; raises PageError if it is too long."""
    sealed = sealing.seal(json.dumps(asdict(carried)), purpose=PURPOSE).rstrip("=")
    if not is_short(resume(sealed)):
        raise PageError
    return sealed


def resume(sealed: str) -> str:
    return reverse("openid_resume", args=[sealed])


def unseal(sealed: str) -> CarriedRequest | None:
    """None if the panel hasn't sealed it."""
    packed = sealing.unseal(sealed + "=" * (-len(sealed) % 4), purpose=PURPOSE)
    if packed is None:
        return None
    content = json.loads(packed)
    return CarriedRequest(**content | {"answered": tuple(content["answered"])})
