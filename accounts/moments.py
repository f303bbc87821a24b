"""Formats and parses points in time, for files, logs, pages and forms: ISO 8601 in UTC, or a local date and hour
with its time zone."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

FORMATS = {
    "relative": "SHORT_DATETIME_FORMAT",
    "absolute": "SHORT_DATETIME_FORMAT",
    "exact": "EXACT_DATETIME_FORMAT",
    "day": "SHORT_DATE_FORMAT",
}
"""What a page shows of a moment. By script "relative" becomes “3 minutes ago” within a day, the others never."""
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}", re.ASCII)


def written(moment: datetime) -> str:
    """ISO 8601 to the second, in UTC: 2027-03-01T08:00:00Z."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def read(text: Any) -> datetime | None:
    """The time in an ISO 8601 text, to the second as `written` writes it; None if it has no time zone or is invalid."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC).replace(microsecond=0) if moment.tzinfo else None
    except (TypeError, ValueError, OverflowError):
        return None


def in_words(moment: datetime) -> str:
    """As pages and mails show it: 1 March 2027, 08:00 UTC."""
    return f"{date_format(moment.astimezone(UTC), 'LONG_DATETIME_FORMAT')} UTC"


def element(moment: datetime | None, form: str = "absolute") -> SafeString:
    """The time as every page shows one: in UTC, which a script turns into the browser's own zone. Empty for none."""
    if moment is None:
        return SafeString("")
    at = moment.astimezone(UTC)
    text = date_format(at, FORMATS[form]) + ("" if form == "day" else " UTC")
    return format_html('<time datetime="{}" data-form="{}" class="nowrap">{}</time>', at.isoformat(), form, text)


def sentence(text: str, **values: Any) -> SafeString:
    """A text of ours with values filled in, some of which may be elements."""
    return SafeString(conditional_escape(text) % {name: conditional_escape(each) for name, each in values.items()})


def zone_named(name: str) -> tzinfo:
    """The time zone of this IANA name; raises ValidationError if there is none."""
    if name in ("", "UTC"):
        return UTC
    try:
        if _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        pass
    raise ValidationError(_("There is no time zone with this name. Use one such as UTC or Europe/Berlin."))
