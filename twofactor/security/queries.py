"""What a person may want to know of the doors of their own account."""

from accounts import browsers
from accounts.models import AuditRow, Event, User

SHOWN = 10
SIGN_INS = (Event.SIGN_IN, Event.SIGN_IN_PASSWORD, Event.SIGN_IN_CODE, Event.CODE_REPLAYED, Event.THROTTLED)


def recent_sign_ins(user: User) -> list[AuditRow]:
    """The last ten attempts to sign in as this user, each with its `browser` in words."""
    rows = list(AuditRow.objects.filter(target_id=user.pk, event__in=SIGN_INS).order_by("-id")[:SHOWN])
    for row in rows:
        row.browser = browsers.in_words(row.user_agent)  # type: ignore[attr-defined]
    return rows
