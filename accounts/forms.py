"""The base of all forms of the panel: invalid input gets an error at its field, and the right field has the focus."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import folding, visible
from accounts.addresses import check_address
from accounts.limits import limited
from accounts.models.texts import check_name
from accounts.passwords.rules import OWN_WORD_MIN_LENGTH, PASSWORD_MAX_LENGTH, TOO_LONG

# All control characters but NUL, which is refused, and the two characters that Unicode has for a line's end.
_BREAKS = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029]+")

SEVERAL = (forms.MultipleChoiceField, forms.ModelMultipleChoiceField)
"""Fields that may be sent several times, once for each value."""


class Radios(forms.RadioSelect):
    """Radio buttons that can have the focus: the chosen one gets it, as when Tab leads to them."""

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(*args, **kwargs)
        if not option["selected"]:
            option["attrs"].pop("autofocus", None)
        return option


def focusable(widget: forms.Widget) -> bool:
    """Whether `autofocus` names one place only; a group of buttons would get it at each of them."""
    return isinstance(widget, Radios) or not isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)


class PlainForm(forms.Form):
    """A form that rejects a field sent twice. `focus_first` focuses the first field of a new form."""

    focus_first = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False  # our own sentences, in the panel's language, next to the field
        for field in self.fields.values():
            if isinstance(field, forms.CharField) and field.max_length:
                field.error_messages.setdefault("max_length", limited(TOO_LONG, field.max_length))
        if self.focus_first and not self.is_bound:
            self._focus(next((name for name, field in self.fields.items() if not field.widget.is_hidden), None))

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_bound:
            self._refuse_doubles()

    def add_error(self, field: str | None, error: Any) -> None:
        """Focuses the first field with an error, even if a view adds the error later."""
        super().add_error(field, error)
        self._focus(next((name for name in self.fields if name in self.errors), None))

    def _refuse_doubles(self) -> None:
        if not isinstance(self.data, MultiValueDict):
            return
        for name, field in self.fields.items():
            sent = self.data.getlist(self.add_prefix(name))
            if len(sent) > 1 and not isinstance(field, SEVERAL):
                self.cleaned_data.pop(name, None)
                self.add_error(name, _("This field was sent twice. Send it once."))

    def _focus(self, name: str | None) -> None:
        for field in self.fields.values():
            field.widget.attrs.pop("autofocus", None)
        if name and focusable(self.fields[name].widget):
            self.fields[name].widget.attrs["autofocus"] = True


class NfcField(forms.CharField):
    """Text that is composed (NFC) and has marks of format characters converted back before its length is checked."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return folding.nfc(visible.unmarked(text)) if isinstance(text, str) else text


class LineField(NfcField):
    """One line of text. Line breaks and tabs become spaces."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return _BREAKS.sub(" ", text).strip() if isinstance(text, str) else text


class VisibleLineField(LineField):
    """A name: one line with at least one visible character."""

    default_validators = [check_name]


class NameFormField(VisibleLineField):
    """The name of somebody or something other than the person who types it."""

    def __init__(self, max_length: int) -> None:
        super().__init__(label=_("Name"), max_length=max_length, widget=forms.TextInput(attrs={"autocomplete": "off"}))


class TextField(NfcField):
    """Several lines. A line break counts as one character, as in the browser."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class DescriptionField(TextField):
    def __init__(self, max_length: int) -> None:
        widget = forms.Textarea(attrs={"rows": 4})
        super().__init__(label=_("Description"), max_length=max_length, required=False, widget=widget)


class NfcEmailField(NfcField, forms.EmailField):
    """An email address. Its domain may contain letters outside ASCII that lead to it in every version of IDNA.

    Not `type=email`: browsers refuse what they take for no address with a sentence of their own, before the form's.
    """

    default_validators = [check_address]

    def __init__(self, *, autocomplete: str = "off", **kwargs: Any) -> None:
        attrs = {"inputmode": "email", "autocapitalize": "none", "spellcheck": "false", "autocomplete": autocomplete}
        super().__init__(**{"widget": forms.TextInput(attrs=attrs)} | kwargs)


class NewPasswordInput(forms.PasswordInput):
    """Tells a script the password rules, so that it can check while somebody types."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        sentences = {
            "data-least": settings.PASSWORD_MIN_LENGTH,
            "data-one-more": gettext("1 more character"),
            "data-more": gettext("%n more characters"),
            "data-own-least": OWN_WORD_MIN_LENGTH,
            "data-own-words": gettext("Don't use your name, username or email."),
        }
        return super().get_context(name, value, (attrs or {}) | sentences)


class PasswordField(forms.CharField):
    """A password as it was typed: not trimmed, not cut, never shown again."""

    def __init__(self, *, autocomplete: str, **kwargs: Any) -> None:
        new = autocomplete == "new-password"
        widget = (NewPasswordInput if new else forms.PasswordInput)(attrs={"autocomplete": autocomplete})
        super().__init__(strip=False, widget=widget, **kwargs)
        self.validators.append(MaxLengthValidator(PASSWORD_MAX_LENGTH, limited(TOO_LONG, PASSWORD_MAX_LENGTH)))


class CodeField(forms.CharField):
    """A code from the app or a recovery code, as text that is never cut.

    Everything is passed to the service, which counts invalid codes like incorrect ones.
    """

    def __init__(self, *, numeric: bool, **kwargs: Any) -> None:
        attrs = {"autocomplete": "one-time-code" if numeric else "off", "autocapitalize": "none", "spellcheck": "false"}
        if numeric:
            attrs |= {"inputmode": "numeric", "class": "code"}
        super().__init__(widget=forms.TextInput(attrs=attrs), **kwargs)
        self.validators = [check for check in self.validators if not isinstance(check, ProhibitNullCharactersValidator)]
