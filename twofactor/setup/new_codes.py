"""New recovery codes, encrypted in the session and shown until **Next**, logout or 15 minutes have passed.

They are dropped when the factor or the stamp changes, so that no invalid codes are shown.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from accounts.gate.request import PanelRequest
from accounts.models import User
from twofactor import crypto

SHOWN_SECONDS = 15 * 60
_KEY = "new_codes"


class Why(StrEnum):
    """Why the codes were created, which decides the message after **Next**."""

    LOGIN = "login"
    BY_CHOICE = "by_choice"
    NEW_PHONE = "new_phone"
    APP_ADDED = "app_added"
    """An app was added to security keys."""
    NEW_SET = "new_set"


@dataclass(frozen=True)
class NewCodes:
    codes: list[str]
    made_at: datetime
    why: str = Why.LOGIN


def keep(request: PanelRequest, user: User, codes: list[str], *, why: Why = Why.LOGIN) -> None:
    sealed = crypto.seal("\n".join(codes).encode(), user_id=user.pk, purpose=crypto.NEW_CODES)
    request.session[_KEY] = {"sealed": sealed, "at": int(time.time()), "stamp": user.stamp, "why": str(why)}


def shown(request: PanelRequest) -> NewCodes | None:
    """The codes that this session still shows; None if there are none."""
    content = request.session.get(_KEY)
    if not content or time.time() - content["at"] >= SHOWN_SECONDS:
        return None
    if content.get("stamp") != request.user.stamp or not request.user.two_factor_active:
        return None
    try:
        codes = crypto.unseal(content["sealed"], user_id=request.user.pk, purpose=crypto.NEW_CODES)
    except crypto.DecryptionError:
        return None
    made_at = datetime.fromtimestamp(content["at"], UTC)
    return NewCodes(codes.decode().split("\n"), made_at, content.get("why", Why.LOGIN))


def done(request: PanelRequest) -> None:
    request.session.pop(_KEY, None)
