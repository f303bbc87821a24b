"""The request as views see it, with the attributes that the middleware adds."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from accounts.models import Contract, User
from accounts.models.session_store import SessionStore

if TYPE_CHECKING:

    class PanelRequest(HttpRequest):
        session: SessionStore
        user: User
        contract: Contract | None
        must_choose: bool
        is_owner: bool
        permissions: frozenset[str]
        subject: Any
        pending_login: Any
        known_as: str
        is_sensitive_act: bool

else:
    PanelRequest = HttpRequest
