"""How often something happened that is logged at most once a minute. The key is a digest."""

from django.db import models


class Repetition(models.Model):
    key = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField(db_index=True)
    """When the last row was written."""
    more = models.PositiveIntegerField(default=0)
    """How often it has happened since then."""
    passed_over = models.PositiveIntegerField(default=0)
    """How often it happened between the last row and the one before it."""

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M:%S} +{self.more}"
