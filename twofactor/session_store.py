"""Session, user, role, contract and authenticator by one SELECT, for pending logins and sessions alike."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Session
from accounts.models.prepared import Prepared
from accounts.models.session_store import SessionStore as AccountsSessionStore
from accounts.models.session_store import row_key
from twofactor.login import pending_login, proof

WITH_THE_SESSION = ("contract", "user__role", "user__contract", "user__authenticator")
# What the pages don't say of whoever looks at them: Django reads it where it is asked for all the same.
LEFT_THERE = (
    "ip",
    "user_agent",
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
    def fetch(self, now: datetime, idle_since: datetime) -> Session | None:
        return _LIVING.one(key=row_key(self.session_key), now=now, idle_since=idle_since)

    def pending_login_of(self, data: dict[str, Any]) -> int | None:
        return pending_login.account_in(data)

    def proof_in(self, data: dict[str, Any]) -> tuple[str, datetime | None]:
        return proof.stored(data)


def _living() -> QuerySet[Session]:
    any_time = timezone.now()
    rows = Session.objects.filter(session_key="")
    rows = rows.filter(expire_date__gt=any_time).filter(last_seen_at__gt=any_time)
    return rows.select_related(*WITH_THE_SESSION).defer(*LEFT_THERE)


_LIVING = Prepared(_living, "key", "now", "idle_since")
