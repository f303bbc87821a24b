"""One browser's session, and what its person may want to know of it. `session_data` holds no secret in clear."""

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from accounts.models.contract import Contract

METHODS_MAX_LENGTH = 60
SID_LENGTH = 22
"""Of 128 random bits in base64."""


class Session(AbstractBaseSession):
    """Not constrained: one that is saved while its account or contract goes away names nobody from then on."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        related_name="sessions",
        db_index=False,
        db_constraint=False,
    )
    """Who is logged in, or whose login is pending; `signed_in` tells which."""
    signed_in = models.BooleanField(default=True, db_default=True)
    methods = models.CharField(max_length=METHODS_MAX_LENGTH, blank=True, default="", db_default="")
    """How its person was proved, as `amr` values of RFC 8176 with a space between them: "pwd", "pwd otp", "pwd mfa"."""
    proved_at = models.DateTimeField(null=True)
    """When that was done last: at the login or at `/confirm/`."""
    sid = models.CharField(max_length=SID_LENGTH, blank=True, default="", db_default="", db_index=True)
    """What other systems know the session by. It stays when the session gets a new id, and opens nothing.

    Empty in one that an older version began.
    """
    contract = models.ForeignKey(Contract, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "-last_seen_at"], name="session_by_user")]

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from accounts.models.session_store import SessionStore

        return SessionStore
