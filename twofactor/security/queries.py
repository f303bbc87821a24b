"""What a person may want to know of the doors of their own account."""

from accounts.logs.lines import LogLine
from accounts.models import AuditRow, Event, User

SHOWN = 10
SIGN_INS = (Event.SIGN_IN, Event.SIGN_IN_PASSWORD, Event.SIGN_IN_CODE, Event.CODE_REPLAYED, Event.THROTTLED)


def recent_sign_ins(user: User) -> list[LogLine]:
    """The last ten attempts to sign in as this user, as Logs would show them."""
    rows = AuditRow.objects.filter(target_id=user.pk, event__in=SIGN_INS).order_by("-id")
    return [LogLine(row) for row in rows[:SHOWN]]
