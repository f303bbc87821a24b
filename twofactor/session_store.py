"""Session, user, role, contracts, owner and authenticator by one SELECT, for a log-in under way and a session alike."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts import clock
from accounts.models import Session, User
from accounts.models.prepared import Prepared
from accounts.models.session_store import SessionStore as AccountsSessionStore
from accounts.models.session_store import latest_expiry, row_key
from twofactor.login import pending_login

WITH_THE_SESSION = ("contract", "user__role", "user__contract__owner", "user__authenticator")
OF_THE_OWNER = {"id", "username", "name", "email", "language"}
# What the pages don't say of whoever looks at them: Django reads it where it is asked for all the same.
LEFT_THERE = (
    "ip",
    "user_agent",
    "contract__created_at",
    "user__created_at",
    "user__last_login",
    "user__description",
    "user__name_key",
    "user__username_key",
    "user__role__created_at",
    "user__role__description",
    "user__contract__created_at",
    "user__authenticator__name",
    *(f"user__contract__owner__{field.name}" for field in User._meta.fields if field.name not in OF_THE_OWNER),
)


class SessionStore(AccountsSessionStore):
    def fetch(self, now: datetime, idle_since: datetime) -> Session | None:
        return _LIVING.one(
            key=row_key(self.session_key),
            now=now,
            latest_expiry=latest_expiry(now),
            idle_since=idle_since,
            latest_seen=clock.latest_possible(now),
        )

    def pending_login_of(self, data: dict[str, Any]) -> int | None:
        return pending_login.account_in(data)


def _living() -> QuerySet[Session]:
    any_time = timezone.now()
    rows = Session.objects.filter(session_key="")
    rows = rows.filter(expire_date__gt=any_time).filter(expire_date__lte=any_time)
    rows = rows.filter(last_seen_at__gt=any_time).filter(last_seen_at__lte=any_time)
    return rows.select_related(*WITH_THE_SESSION).defer(*LEFT_THERE)


_LIVING = Prepared(_living, "key", "now", "latest_expiry", "idle_since", "latest_seen")
