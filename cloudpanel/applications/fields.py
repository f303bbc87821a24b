"""Form fields for applications."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import LineField
from cloudpanel.applications import origins
from cloudpanel.applications.models import UPSTREAM_MAX_LENGTH


class UpstreamField(LineField):
    def __init__(self) -> None:
        attrs = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        super().__init__(
            label=_("Address of the application itself"),
            max_length=UPSTREAM_MAX_LENGTH,
            required=False,
            widget=forms.TextInput(attrs=attrs | {"placeholder": "127.0.0.1:3000"}),
            help_text=_(
                "Host and port to which the proxy forwards allowed requests. Used in the configurations below."
            ),
        )

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return origins.parse_upstream(text) if text else ""
        except origins.NotAnOrigin as error:
            raise forms.ValidationError(error.args[0], code="upstream") from error
