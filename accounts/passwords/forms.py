"""A new password, twice, checked by the password rules; with **Generate password** and, by script, "Show password"."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.forms import PasswordField, PlainForm
from accounts.models import User
from accounts.passwords import rules, services

SAME = _("Choose a password that differs from the current one.")


class PairForm(PlainForm):
    """A form with a new password in the fields `pair`, of which the page may show only the first.

    Posted with `suggest`, the form is shown again with a readable password.
    """

    pair: tuple[str, str]

    def suggest(self) -> None:
        """Fills both fields with a good password, readable, so that it can be noted or handed over."""
        suggestion = rules.suggest()
        for name in self.fields.keys() & set(self.pair):
            self.initial[name] = suggestion
            self.fields[name].widget = forms.TextInput(
                attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none", "class": "mono"}
            )
        self._focus(self.pair[0])


class NewPasswordForm(PairForm):
    """Fields `new_password1`, `new_password2`.

    With `once`, for invitations, the page shows only the first, which can be made readable. The second is compared if
    it is sent. The invited user, whose mailbox it was, is warned of own words while typing.
    """

    pair = ("new_password1", "new_password2")

    new_password1 = PasswordField(label=_("New password"), autocomplete="new-password")
    new_password2 = PasswordField(label=_("Confirm new password"), autocomplete="new-password")

    def __init__(self, *args: Any, user: User, once: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if once and "new_password2" not in self.data:
            del self.fields["new_password2"]
        self.user = user
        self.fields["new_password1"].help_text = rules.LengthValidator().get_help_text()
        if once:
            tell_words(self, "new_password1", user)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        check_pair(self, *self.pair, self.user)
        if not self.errors and self.is_current(data["new_password1"]):
            self.add_error("new_password1", SAME)
        return data

    def is_current(self, password: str) -> bool:
        return services.is_current(self.user, password)


def tell_words(form: forms.Form, name: str, user: User) -> None:
    """Lets the page warn about passwords made of these words while somebody types; only for people who can see the
    words anyway."""
    words = rules.texts_of(username=user.username, email=user.email, name=user.name)
    form.fields[name].widget.attrs["data-words"] = "\n".join(dict.fromkeys(filter(None, words)))


def check_pair(form: forms.Form, first: str, second: str, user: User) -> None:
    """Adds every reason why the two fields are not a valid password for this account."""
    password, again = form.cleaned_data.get(first), form.cleaned_data.get(second)
    if password and again and password != again:
        form.add_error(second, _("The two passwords don't match. Enter the same password twice."))
    if password:
        try:
            services.check_rules(password, user)
        except ValidationError as reasons:
            form.add_error(first, reasons)
