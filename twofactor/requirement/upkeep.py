"""`housekeeping` for planned 2FA: mails the reminders that are due."""

from typing import Any

from accounts import origin
from twofactor.requirement import plan


def send_reminders(**_signal: Any) -> str:
    """Returns a sentence for the operator; empty if no reminder was due."""
    sent = plan.send_due_reminders(origin=origin.SERVER)
    return f"Reminded {sent} users that 2FA will be required." if sent else ""
