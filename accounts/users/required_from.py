"""From when on 2FA is required: a date and hour in a zone that is named beside it, as forms and files take it."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import moments
from accounts.forms import PlainForm

FURTHEST = timedelta(days=5 * 366)
"""How far ahead a moment may lie; beyond it is a slip of the pen."""
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}", re.ASCII)


def zone_named(name: str) -> tzinfo:
    """The zone of this IANA name; ValidationError where there is none."""
    if name in ("", "UTC"):
        return UTC
    try:
        if _ZONE.fullmatch(name):
            return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        pass
    raise ValidationError(_("There is no time zone with this name. Use one such as UTC or Europe/Berlin."))


def moment_of(text: str, zone: tzinfo) -> datetime:
    """The moment, in UTC, of a local date and hour. An hour that comes twice counts the first time."""
    try:
        if not _LOCAL.fullmatch(text):
            raise ValueError(text)
        local = datetime.fromisoformat(text).replace(tzinfo=zone)
        moment = local.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise ValidationError(_("Enter a date and time, for example 2027-03-01T08:00.")) from fault
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValidationError(_("This time doesn't exist in that zone: the clocks are put forward then."))
    return check_ahead(moment)


def check_ahead(moment: datetime) -> datetime:
    """The same moment; ValidationError unless it lies ahead, and not too far."""
    now = timezone.now()
    if moment <= now:
        raise ValidationError(_("Choose a moment in the future, or leave this empty for at once."))
    if moment > now + FURTHEST:
        raise ValidationError(_("Choose a moment within the next five years."))
    return moment


class RequiredFromForm(PlainForm):
    """The two fields; `moment` is what they come to, None for at once."""

    required_from = forms.CharField(
        label=gettext_lazy("From (empty: at once)"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "datetime-local", "data-moment": ""}),
        help_text=gettext_lazy("Until then the user can set up 2FA at any time and is reminded by email."),
    )
    required_from_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        required=False,
        max_length=64,
        initial="UTC",
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "data-zone": ""}),
        help_text=gettext_lazy("For example UTC or Europe/Berlin"),
    )
    moment: datetime | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.moment = self._moment(data) if self.takes_moment(data) else None
        return data

    def takes_moment(self, data: dict[str, Any]) -> bool:
        """Does anything depend on the two fields? They are not looked at beside a No."""
        return "required_from" in self.fields

    def _moment(self, data: dict[str, Any]) -> datetime | None:
        text = data.get("required_from", "")
        if not text:
            return None
        try:
            zone = zone_named(data.get("required_from_zone", ""))
        except ValidationError as fault:
            self.add_error("required_from_zone", fault)
            return None
        try:
            return moment_of(text, zone)
        except ValidationError as fault:
            self.add_error("required_from", fault)
            return None


def initial_of(moment: datetime | None) -> dict[str, str]:
    """What the two fields show of a plan: its moment in UTC."""
    if moment is None:
        return {}
    return {"required_from": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M"), "required_from_zone": "UTC"}


def read(text: str) -> datetime:
    """The moment ahead that a file names by ISO 8601, with its zone; raises ValidationError."""
    moment = moments.read(text)
    if moment is None:
        raise ValidationError(_("Write a date and time with its zone, for example 2027-03-01T08:00Z."))
    return check_ahead(moment)
