"""What has to be handed over to a new user, shown once to the person who created the account."""

import time
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from accounts import sealing
from accounts.gate.request import PanelRequest
from accounts.models import User

SHOWN_SECONDS = 15 * 60
_KEY = "handover"


@dataclass(frozen=True)
class Handover:
    address: str
    username: str
    password: str
    """Empty if the user was invited."""


def keep(request: PanelRequest, user: User, *, password: str) -> None:
    """Stored for the next view of the user. The password is encrypted, so that the database alone doesn't reveal it."""
    if "users.show" in request.permissions:
        request.session[_KEY] = {"user": user.pk, "at": int(time.time()), "sealed": sealing.seal(password)}


def take(request: PanelRequest, user: User) -> Handover | None:
    """Returned once."""
    content = request.session.get(_KEY)
    if not content or content["user"] != user.pk:
        return None
    del request.session[_KEY]
    password = sealing.unseal(content["sealed"])
    if password is None or time.time() - content["at"] >= SHOWN_SECONDS:
        return None
    return Handover(settings.PUBLIC_URL + reverse("login"), user.username, password)
