"""The form for the two days of a custom period."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import PlainForm


class DayField(forms.DateField):
    def __init__(self, label: Any) -> None:
        wrong = _("Enter a date as YYYY-MM-DD, for example 2026-11-25.")
        super().__init__(
            label=label,
            required=False,
            input_formats=["%Y-%m-%d"],
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "form": "filters"}),
            error_messages={"invalid": wrong},
        )


class PeriodForm(PlainForm):
    """`from` and `to`, both included. An empty field means no limit."""

    to = DayField(_("To (UTC)"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from"] = DayField(_("From (UTC)"))  # a word of Python's own, so no attribute can be called so
        self.order_fields(["from", "to"])

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, final = data.get("from"), data.get("to")
        if first and final and first > final:
            self.add_error("to", _("This date is before the start date."))
        return data
