"""The password and, if two-factor authentication is active, a code or a recovery code."""

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

    def __init__(self, *args: Any, active: bool, app: bool, by_key: bool, **kwargs: Any) -> None:
        """`app`: there is an app, or one whose row is missing, unless keys replace it. `by_key`: a key is used, so
        only the password may be asked for as well."""
        super().__init__(*args, **kwargs)
        self.active = active and not by_key
        self.fields["password"].required = not by_key
        if by_key:
            self.fields["password"].help_text = _("Only for a key that asks for neither PIN nor fingerprint.")
        if not self.active:
            del self.fields["recovery_code"]
        if not self.active or not app:
            del self.fields["code"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        sent = [name for name in ("code", "recovery_code") if data.get(name)]
        if self.active and not self.errors and len(sent) != 1:
            self._ask_for_one(sent)
        return data

    def _ask_for_one(self, sent: list[str]) -> None:
        if "code" not in self.fields:
            self.add_error("recovery_code", _("Use your security key, or enter a recovery code."))
        else:
            self.add_error("code", _("Enter only one of the two codes.") if sent else self.code_missing)
