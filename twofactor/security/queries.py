"""The recent login attempts of a person's own account."""

from django.db.models import Q

from accounts.logs.lines import LogLine
from accounts.models import AuditRow, Event, Outcome, User

LOGINS = 10
OTHERS = 5
"""Anybody can add failed attempts, so these never take the place of logins."""
ATTEMPTS = (
    Event.SIGN_IN,
    Event.SIGN_IN_PASSWORD,
    Event.SIGN_IN_CODE,
    Event.SIGN_IN_KEY,
    Event.CODE_REPLAYED,
    Event.THROTTLED,
)


def recent_attempts(user: User) -> list[LogLine]:
    """The last logins of this user and the last attempts that were none, newest first, as Logs shows them.

    One query. The limits are in subqueries, because SQLite allows none in the parts of a UNION.
    """
    rows = AuditRow.objects.filter(target_id=user.pk, event__in=ATTEMPTS).order_by("-id")
    login = Q(event=Event.SIGN_IN, outcome=Outcome.OK)
    found = rows.filter(login)[:LOGINS], rows.exclude(login)[:OTHERS]
    logins, others = (AuditRow.objects.filter(pk__in=some.values("pk")) for some in found)
    return [LogLine(row) for row in logins.union(others, all=True).order_by("-id")]
