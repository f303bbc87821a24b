"""The session of one browser, and what its person may want to know about it. `session_data` holds no secret in
clear."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from accounts import clock
from accounts.models.contract import Contract
from accounts.origin import AGENT_MAX_LENGTH

METHODS_MAX_LENGTH = 60
SID_LENGTH = 22
"""128 random bits in base64."""


def idle_since(now: datetime) -> datetime:
    """A session that was last used at this time, or before, has expired."""
    return now - timedelta(seconds=settings.SESSION_IDLE_SECONDS)


def latest_expiry(now: datetime) -> datetime:
    """A session that would expire later was started by another clock, or under a longer limit, and has ended."""
    return clock.latest_possible(now) + timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS)


def alive(now: datetime) -> models.Q:
    """Sessions within both limits. `Session.is_alive` says the same of one."""
    unexpired = models.Q(expire_date__gt=now, expire_date__lte=latest_expiry(now))
    return unexpired & models.Q(last_seen_at__gt=idle_since(now), last_seen_at__lte=clock.latest_possible(now))


class Session(AbstractBaseSession):
    """No constraints: a session saved while its account or contract is deleted refers to nobody from then on."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="sessions",
        db_index=False,
        db_constraint=False,
    )
    """Who is logged in, or whose login is pending; see `signed_in`."""
    signed_in = models.BooleanField(default=True, db_default=True)
    methods = models.CharField(max_length=METHODS_MAX_LENGTH, blank=True, default="", db_default="")
    """How the person was authenticated, as `amr` values of RFC 8176 separated by spaces: "pwd", "pwd otp", "pwd mfa".
    """
    proved_at = models.DateTimeField(null=True)
    """When that was done last: at the login or at `/confirm/`."""
    sid = models.CharField(max_length=SID_LENGTH, blank=True, default="", db_default="", db_index=True)
    """The id by which other systems know the session. It doesn't change with the session id, and grants no access.
    Empty for sessions begun by an older version."""
    contract = models.ForeignKey(Contract, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=AGENT_MAX_LENGTH, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-last_seen_at"], name="session_by_user")]

    def is_alive(self, now: datetime) -> bool:
        """Whether both limits are still to come, and neither was set by another clock."""
        is_used = idle_since(now) < self.last_seen_at <= clock.latest_possible(now)
        return is_used and now < self.expire_date <= latest_expiry(now)

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from accounts.models.session_store import SessionStore

        return SessionStore
