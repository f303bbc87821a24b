"""A notice that could not be mailed. It is shown once, at the next login."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.origin import AGENT_MAX_LENGTH


class Notice(models.Model):
    """No constraint: a notice written while its account is deleted is read by nobody."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices", db_constraint=False
    )
    event = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=AGENT_MAX_LENGTH, blank=True)
    actor_label = models.CharField(max_length=150, blank=True)
    """Who did it, if somebody else."""
    about = models.CharField(max_length=150, blank=True)
    """The account that it is about, if not `user`: owners are notified about their users."""
    detail = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.event}"
