"""How often something that is written down once a minute has happened. The key is a digest."""

from django.db import models


class Repetition(models.Model):
    key = models.CharField(max_length=64, primary_key=True)
    since = models.DateTimeField(db_index=True)
    """When the last row was written."""
    more = models.PositiveIntegerField(default=0)
    """Those since then."""
    passed_over = models.PositiveIntegerField(default=0)
    """Those between the last row and the one before it."""

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d %H:%M:%S} +{self.more}"
