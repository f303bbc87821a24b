"""From when to when the log is looked at. Pure; all days are days in UTC, whatever clocks do elsewhere."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.utils.translation import gettext_lazy as _

CUSTOM = "custom"
DEFAULT = "30d"
LENGTHS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "365d": timedelta(days=365),
}
LABELS = {
    "1h": _("Last hour"),
    "24h": _("24 hours"),
    "7d": _("7 days"),
    "30d": _("30 days"),
    "365d": _("365 days"),
    CUSTOM: _("Custom"),
}


@dataclass(frozen=True)
class Span:
    """Both ends are included; None is open. A span up to now has no end, so that what happens now is in it."""

    since: datetime | None = None
    until: datetime | None = None


def last(period: str, now: datetime) -> Span:
    return Span(since=now - LENGTHS[period])


def days(first: date | None, final: date | None) -> Span:
    """From the first moment of one day to the last of another. No sum: the year 9999 has no day after its last."""
    return Span(
        since=datetime.combine(first, time.min, UTC) if first else None,
        until=datetime.combine(final, time.max, UTC) if final else None,
    )
