"""From when on 2FA is required: a local date and hour with its time zone, for forms and files."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import moments
from accounts.forms import PlainForm

FURTHEST = timedelta(days=5 * 366)
"""How far ahead the time may be; later ones are probably typing errors."""
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?", re.ASCII)


def moment_of(text: str, zone: tzinfo) -> datetime:
    """The UTC time of a local date and hour. An ambiguous hour is the first of the two."""
    try:
        if not _LOCAL.fullmatch(text):
            raise ValueError(text)
        local = datetime.fromisoformat(text).replace(tzinfo=zone)
        moment = local.astimezone(UTC)
    except (ValueError, OverflowError) as fault:
        raise ValidationError(_("Enter a date and time, for example 2027-03-01T08:00.")) from fault
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValidationError(_("This time doesn't exist in that time zone, because the clocks go forward."))
    return check_ahead(moment)


def check_ahead(moment: datetime) -> datetime:
    """The same time; raises ValidationError unless it is in the future, and not too far."""
    now = timezone.now()
    if moment <= now:
        raise ValidationError(_("Choose a time in the future, or leave this field empty to require 2FA at once."))
    if moment > now + FURTHEST:
        raise ValidationError(_("Choose a time within the next five years."))
    return moment


def _moment_text() -> str:
    if settings.MAIL_ENABLED:
        return _(
            "Leave empty to require 2FA at once. Until this time, the user can set it up and is reminded by email."
        )
    return _(
        "Leave empty to require 2FA at once. Until this time, the user can set it up and is reminded at each login."
    )


_moment_help = lazy(_moment_text, str)()


class RequiredFromForm(PlainForm):
    """The two fields. `moment` is the time that they mean, or None for at once."""

    required_from = forms.CharField(
        label=gettext_lazy("Required from (optional)"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"type": "datetime-local", "data-moment": ""}),
        help_text=_moment_help,
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

    def ask_no_moment(self) -> None:
        """Leaves the two fields out, for somebody who can't plan anything."""
        del self.fields["required_from"], self.fields["required_from_zone"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.moment = self._moment(data) if self.takes_moment(data) else None
        return data

    def takes_moment(self, data: dict[str, Any]) -> bool:
        """Whether the two fields are used. They are ignored with a No."""
        return "required_from" in self.fields

    def _moment(self, data: dict[str, Any]) -> datetime | None:
        text = data.get("required_from", "")
        if not text:
            return None
        try:
            zone = moments.zone_named(data.get("required_from_zone", ""))
        except ValidationError as fault:
            self.add_error("required_from_zone", fault)
            return None
        try:
            return moment_of(text, zone)
        except ValidationError as fault:
            self.add_error("required_from", fault)
            return None


def initial_of(moment: datetime | None) -> dict[str, str]:
    """The planned time in UTC, for the two fields."""
    if moment is None:
        return {}
    return {"required_from": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M"), "required_from_zone": "UTC"}


def read(text: str) -> datetime:
    """The future time in a file, as ISO 8601 with its time zone; raises ValidationError."""
    moment = moments.read(text)
    if moment is None:
        raise ValidationError(_("Enter a date and time with its zone, for example 2027-03-01T08:00Z."))
    return check_ahead(moment)
