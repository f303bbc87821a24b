"""Moments as files, logs and people write them: ISO 8601 in UTC, or a date and hour with its zone."""

from datetime import UTC, datetime
from typing import Any

from django.utils.formats import date_format


def written(moment: datetime) -> str:
    """ISO 8601 to the second, in UTC: 2027-03-01T08:00:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read(text: Any) -> datetime | None:
    """The moment that an ISO 8601 text names; None for a text without a zone, and for what is none at all."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def in_words(moment: datetime) -> str:
    """As pages and mails write it: 1 March 2027, 08:00 UTC."""
    return f"{date_format(moment.astimezone(UTC), 'DATETIME_FORMAT')} UTC"
