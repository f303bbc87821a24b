from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts import folding
from accounts.forms import PasswordField, PlainForm, VisibleLineField
from accounts.models.user import NAME_MAX_LENGTH
from accounts.passwords.forms import NewPasswordForm, tell_words
from accounts.users.fields import EmailField


class OwnNameForm(PlainForm):
    focus_first = True

    name = VisibleLineField(
        label=_("Name"), max_length=NAME_MAX_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )

    def clean_name(self) -> str:
        """Several spaces become one."""
        return " ".join(str(self.cleaned_data["name"]).split())


class OwnEmailForm(PlainForm):
    focus_first = True

    email = EmailField(label=_("Email"), autocomplete="email")


class OwnPasswordForm(NewPasswordForm):
    focus_first = True
    field_order = ("current_password", "new_password1", "new_password2")

    current_password = PasswordField(label=_("Current password"), autocomplete="current-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tell_words(self, "new_password1", self.user)

    def is_current(self, password: str) -> bool:
        """Compared with the new password in the same form. The account's password is verified once, as a counted
        attempt."""
        return folding.nfc(password) == folding.nfc(self.cleaned_data["current_password"])


class LanguageForm(PlainForm):
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES, widget=forms.RadioSelect)
