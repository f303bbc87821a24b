"""Fields about users, for forms and for the cells of a file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.forms import NfcEmailField
from accounts.models import Role, User
from accounts.models.usernames import USERNAME_MAX_LENGTH, username_validator
from accounts.users import queries, rules

BEYOND = "beyond"
EMAIL_MAX_LENGTH = User._meta.get_field("email").max_length


class UsernameField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(
            label=_("Username"),
            max_length=USERNAME_MAX_LENGTH,
            validators=[username_validator],
            help_text=_("Can't be changed later. Letters A to Z, digits and the characters . @ + _ -"),
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
        )


class EmailField(NfcEmailField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs, required=False, max_length=EMAIL_MAX_LENGTH)


class RoleField(forms.TypedChoiceField):
    """Offers the roles that this person may assign. Other roles of the contract are rejected with their own message."""

    def __init__(self) -> None:
        super().__init__(label=_("Role"))
        self.known: dict[str, Role] = {}
        self.refusals: dict[str, str | Promise | None] = {}

    def offer(self, roles: list[Role], may: frozenset[str]) -> Role | None:
        """Sets the choices; selects the built-in role if it is one of them, as a good default."""
        self.refusals = {str(role.pk): rules.refusal_to_assign(may, queries.latent_rights(role)) for role in roles}
        offered = [role for role in roles if not self.refusals[str(role.pk)]]
        administrator = next((role for role in offered if role.built_in), None)
        self.known = {str(role.pk): role for role in roles}
        self.coerce = self.known.__getitem__
        choices: list[tuple[str, str | Promise]] = [(str(role.pk), _label(role)) for role in offered]
        nothing_yet = _("Choose a role") if offered else _("There is no role that you can assign.")
        self.choices = choices if administrator else [("", nothing_yet), *choices]
        return administrator

    def validate(self, value: Any) -> None:
        if why := self.refusals.get(value):
            raise ValidationError(str(why), code=BEYOND)
        super().validate(value)


def role_refused(form: forms.Form) -> str | None:
    """Why the posted role may not be assigned by this person; None if it may, or isn't one."""
    found = form.errors.as_data().get("role", [])
    return next((str(error.message) for error in found if error.code == BEYOND), None)


def _label(role: Role) -> str:
    return role.name if role.enabled else _("%(role)s (disabled)") % {"role": role.name}
