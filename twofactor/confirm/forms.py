"""The password, and where two-factor authentication is active a code or a recovery code."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import CodeField, PasswordField, PlainForm


class ConfirmForm(PlainForm):
    focus_first = True
    code_missing = _("Enter the code that your app shows, or use a recovery code.")

    password = PasswordField(label=_("Password"), autocomplete="current-password")
    code = CodeField(label=_("Code"), numeric=True, required=False, help_text=_("Six digits from your app"))
    recovery_code = CodeField(label=_("Recovery code"), numeric=False, required=False)
    next = forms.CharField(required=False, widget=forms.HiddenInput)
    back = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, active: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.active = active
        if not active:
            del self.fields["code"], self.fields["recovery_code"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        sent = [name for name in ("code", "recovery_code") if data.get(name)]
        if self.active and not self.errors and len(sent) != 1:
            self.add_error("code", _("Enter only one of the two codes.") if sent else self.code_missing)
        return data
