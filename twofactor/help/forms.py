from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import LineField, PlainForm
from accounts.validators import row_id
from twofactor.help import words

APPROVE, REFUSE, BLOCK = "approve", "refuse", "block"
WORDS_MAX_LENGTH = 100
NONE = 0
"""The id of no request."""


class WordsField(LineField):
    """What is heard on the phone. `check_words` says whether it may be the three words."""

    def __init__(self, help_text: Any) -> None:
        super().__init__(
            label=_("The three words that you hear"),
            max_length=WORDS_MAX_LENGTH,
            required=False,
            help_text=help_text,
            widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        )


def check_words(form: forms.BaseForm, name: str) -> None:
    """Adds the error of a field whose text can't be the three words, so that it costs no attempt."""
    typed = form.cleaned_data.get(name)
    if typed == "":
        form.add_error(name, _("Enter the three words that you hear on the phone."))
    elif typed and not words.are_three(typed):
        form.add_error(name, _("Enter exactly three words. This did not count as an attempt."))


class AnswerForm(PlainForm):
    """What the account owner answers to the request that the page showed. Only an approval needs the words."""

    request = forms.CharField(required=False, widget=forms.HiddenInput)
    action = forms.ChoiceField(
        choices=[(action, action) for action in (APPROVE, REFUSE, BLOCK)],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("Choose what to do: reset 2FA, refuse, or block the password.")
        ),
    )
    words = WordsField(_("With spaces between them. Upper and lower case don't matter."))

    def clean_request(self) -> int:
        return row_id(self.cleaned_data["request"]) or NONE

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("action") == APPROVE:
            check_words(self, "words")
        return data
