"""Fetches session, user, role, contract and authenticator with one SELECT, for pending logins and sessions alike."""

from datetime import datetime
from typing import Any

from accounts.models import Session
from accounts.models.prepared import Prepared
from accounts.models.session_store import SessionStore as AccountsSessionStore
from accounts.models.session_store import row_key
from twofactor.login import pending_login, proof

WITH_THE_SESSION = ("contract", "user", "user__role", "user__contract", "user__authenticator")
# Columns that no page shows about its viewer. If one is read, Django fetches it with another query.
LEFT_THERE = (
    "ip",
    "user_agent",
    "proved_at",
    "contract__created_at",
    "user__created_at",
    "user__subject",
    "user__last_login",
    "user__description",
    "user__name_key",
    "user__username_key",
    "user__resets",
    "user__confirmed_email",
    "user__pending_email_by",
    "user__mail_failure",
    "user__role__name_key",
    "user__two_factor_reminded_at",
    "user__role__contract",
    "user__role__created_at",
    "user__role__description",
    "user__contract__created_at",
    "user__contract__one_of_several",
    "user__authenticator__name",
)


class SessionStore(AccountsSessionStore):
    def fetch(self) -> Session | None:
        return _OF_KEY.one(key=row_key(self.session_key))

    def pending_login_of(self, data: dict[str, Any]) -> int | None:
        return pending_login.account_in(data)

    def proof_in(self, data: dict[str, Any]) -> tuple[str, datetime | None]:
        return proof.stored(data)


_OF_KEY = Prepared(lambda: Session.objects.filter(session_key=""), "key", joined=WITH_THE_SESSION, deferred=LEFT_THERE)
