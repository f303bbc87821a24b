from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import LineField, PlainForm
from accounts.validators import ID_MAX
from twofactor.help import words

APPROVE, REFUSE, BLOCK = "approve", "refuse", "block"
WORDS_MAX_LENGTH = 100
NONE = 0
"""The id of no request."""


class AnswerForm(PlainForm):
    """What the account owner answers to the request that the page showed. Only an approval needs the words."""

    request = forms.CharField(required=False, widget=forms.HiddenInput)
    action = forms.ChoiceField(
        choices=[(action, action) for action in (APPROVE, REFUSE, BLOCK)],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("Choose what to do: reset 2FA, refuse, or block the password.")
        ),
    )
    words = LineField(
        label=_("The three words that you hear"),
        max_length=WORDS_MAX_LENGTH,
        required=False,
        help_text=_("With spaces between them. Upper and lower case don't matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_request(self) -> int:
        text = self.cleaned_data["request"]
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(ID_MAX)) else NONE
        return number if number <= ID_MAX else NONE

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("action") == APPROVE and "words" in data and not data["words"]:
            self.add_error("words", _("Enter the three words that you hear on the phone."))
        elif data.get("action") == APPROVE and "words" in data and not words.are_three(data["words"]):
            self.add_error("words", _("Enter exactly three words. This did not count as an attempt."))
        return data
