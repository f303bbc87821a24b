"""The fields of the login. Passwords and codes are checked by `flow`, after an attempt was consumed."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import CodeField, PasswordField, PlainForm
from accounts.models.usernames import USERNAME_MAX_LENGTH


class PasswordForm(PlainForm):
    focus_first = True

    username = forms.CharField(
        label=_("Username"),
        max_length=USERNAME_MAX_LENGTH,
        widget=forms.TextInput(
            attrs={"autocomplete": "username webauthn", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = PasswordField(label=_("Password"), autocomplete="current-password")
    next = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("username"):
            self._focus("password")


class CodeForm(PlainForm):
    focus_first = True

    code = CodeField(label=_("Code"), numeric=True, help_text=_("Six digits from your app"))


class RecoveryForm(PlainForm):
    focus_first = True

    recovery_code = CodeField(
        label=_("Recovery code"),
        numeric=False,
        help_text=_("25 characters. Upper and lower case, spaces and hyphens don't matter."),
    )
