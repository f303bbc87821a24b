"""A count of failed attempts, and until when the next attempt has to wait. The key is a digest, never a name."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

LONGEST_WAIT = 900  # seconds


def active(now: datetime, *, longest: int = LONGEST_WAIT) -> models.Q:
    """Active waits. A wait that would last longer than `longest` seconds was started by another clock."""
    return models.Q(blocked_until__gt=now, blocked_until__lte=now + timedelta(seconds=longest))


class AttemptsQuerySet(models.QuerySet["Attempts"]):
    def waiting(self, now: datetime, *, longest: int = LONGEST_WAIT) -> "AttemptsQuerySet":
        return self.filter(active(now, longest=longest))


class Attempts(models.Model):
    key = models.CharField(max_length=64, primary_key=True)
    kind = models.CharField(max_length=20)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="attempts",
        db_index=False,
        db_constraint=False,
    )
    """No constraint, since each attempt would lock the row of the user. `delete_user` deletes the counts."""
    failures = models.PositiveIntegerField()
    blocked_until = models.DateTimeField(null=True)
    noted_until = models.DateTimeField(null=True)
    """The wait whose first refusal is already in the log."""
    updated_at = models.DateTimeField()
    """When the last attempt failed; while an attempt is being evaluated, when it began."""
    previous_at = models.DateTimeField(null=True)
    """When the attempt before it failed. Restored when the last one is refunded."""

    objects = AttemptsQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "blocked_until"], name="attempts_by_user"),
            models.Index(fields=["updated_at"], name="attempts_by_age"),
            models.Index(
                fields=["blocked_until", "user"],
                name="attempts_waiting",
                condition=models.Q(blocked_until__isnull=False, user__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.failures}"
