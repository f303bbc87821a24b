"""The recent login attempts of a person's own account."""

from accounts.logs.lines import LogLine
from accounts.models import AuditRow, Event, User

SHOWN = 10
ATTEMPTS = (Event.SIGN_IN, Event.SIGN_IN_PASSWORD, Event.SIGN_IN_CODE, Event.CODE_REPLAYED, Event.THROTTLED)


def recent_attempts(user: User) -> list[LogLine]:
    """The last ten login attempts for this user, as Logs shows them."""
    rows = AuditRow.objects.filter(target_id=user.pk, event__in=ATTEMPTS).order_by("-id")
    return [LogLine(row) for row in rows[:SHOWN]]
