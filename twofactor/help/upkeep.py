"""`housekeeping` for requests for help."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.management.commands.housekeeping import remove
from accounts.origin import SERVER
from twofactor.help import services
from twofactor.help.models import HelpRequest

KEPT = timedelta(days=7)


def tidy(**_signal: Any) -> str:
    """Logs expired requests, and removes requests a week after they were decided."""
    ended = services.close_ended(origin=SERVER)
    remove(HelpRequest.objects.filter(decided_at__lt=timezone.now() - KEPT))
    return f"Closed {ended} requests for help that had ended." if ended else ""
