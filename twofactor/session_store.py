"""Session, user, role, contracts and authenticator by one SELECT, for a log-in under way as for somebody signed in."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Session
from accounts.prepared import Prepared
from accounts.session_store import SessionStore as AccountsSessionStore
from accounts.session_store import row_key
from twofactor.login import parked

WITH_THE_SESSION = ("contract", "user__role", "user__contract", "user__authenticator")


class SessionStore(AccountsSessionStore):
    def fetch(self, now: datetime, idle_since: datetime) -> Session | None:
        return _LIVING.one(key=row_key(self.session_key), now=now, idle_since=idle_since)

    def parked_for(self, data: dict[str, Any]) -> int | None:
        return parked.account_in(data)


def _living() -> QuerySet[Session]:
    any_time = timezone.now()
    rows = Session.objects.filter(session_key="").filter(expire_date__gt=any_time).filter(last_seen_at__gt=any_time)
    return rows.select_related(*WITH_THE_SESSION)


_LIVING = Prepared(_living, "key", "now", "idle_since")
