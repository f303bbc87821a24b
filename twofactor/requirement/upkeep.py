"""What `housekeeping` does for 2FA from a day on: it mails the reminders that are due."""

from typing import Any

from accounts import origin
from twofactor.requirement import plan


def send_reminders(**_signal: Any) -> str:
    """What was done, for the operator; empty where nobody had to be reminded."""
    sent = plan.send_due_reminders(origin=origin.SERVER)
    return f"Reminded {sent} users that 2FA will be required." if sent else ""
