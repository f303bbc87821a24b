from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import NfcField, PlainForm
from accounts.users.fields import EMAIL_MAX_LENGTH


class ForgotForm(PlainForm):
    focus_first = True

    username_or_email = NfcField(
        label=_("Username or email"),
        max_length=EMAIL_MAX_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
