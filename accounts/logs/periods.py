"""The periods of the log. Pure; all days are UTC days."""

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
    """Both ends are included; None means no limit. A period up to now has no end, so that new events are in it."""

    since: datetime | None = None
    until: datetime | None = None


def last(period: str, now: datetime) -> Span:
    return Span(since=now - LENGTHS[period])


def days(first: date | None, final: date | None) -> Span:
    """From the first moment of one day to the last of another. Computed without addition, since no day follows the year
    9999."""
    return Span(
        since=datetime.combine(first, time.min, UTC) if first else None,
        until=datetime.combine(final, time.max, UTC) if final else None,
    )
