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
    """The Unix time at which a login or confirmation was requested; 0 if none was."""
    sid: str = ""
    """The session that was to be confirmed; empty if nobody was logged in."""
    seen: float = 0
    """When that session had last been proved by then."""
    answered: tuple[str, ...] = ()
    """The prompts that the person has answered."""
    user_id: int | None = None
    """The person who answered them."""

    @property
    def data(self) -> QueryDict:
        return QueryDict(self.query)

    def ask(self, *, sid: str = "", at: datetime | None = None) -> "CarriedRequest":
        """Requests a confirmation of the session that was last proved at this time, or a login."""
        return replace(self, since=int(time.time()), sid=sid, seen=at.timestamp() if at else 0)

    def is_proved_by(self, sid: str, at: datetime) -> bool:
        """Whether the last proof of this session, at this time, is the requested login or confirmation.

        In the session that was to be confirmed, every other proof than the one seen then is a newer one, so the clocks
        of two machines may differ. Proofs are known to the second: one in the second of the request counts. In another
        session, only the time tells. The time is limited: otherwise any later login would satisfy a request that
        somebody has kept.
        """
        proved = at.timestamp()
        if self.since <= time.time() - PROOF_SECONDS:
            return False
        if sid == self.sid:
            return proved != self.seen or proved == self.since
        return proved >= self.since

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
