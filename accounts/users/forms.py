"""Shape and sentences for what is typed about users. Whether a change may happen is decided by `rules`."""

import re
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import passwords
from accounts.forms import PasswordField, PlainForm
from accounts.models import Contract, Role, User
from accounts.models.user import DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH, USERNAME_MAX_LENGTH, username_validator
from accounts.password_forms import check_pair, show_suggestion
from accounts.permissions import may_grant
from accounts.users import queries, rules
from accounts.users.rules import Viewer

TAKEN = _("This username is taken. Choose another one.")
ROLE_GONE = _("This role was deleted meanwhile. Choose another one.")
YES_NO = (("yes", _("Yes")), ("no", _("No")))
BEYOND = "beyond"

# All control characters but NUL, which is refused, and the two signs that Unicode has for a line's end.
_BREAKS = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029]+")


class LineField(forms.CharField):
    """One line of text: pasted line ends and tabs become blanks."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return _BREAKS.sub(" ", text).strip() if isinstance(text, str) else text


class TextField(forms.CharField):
    """Several lines; a line's end counts as one sign, as it does in the browser."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class NameField(LineField):
    def __init__(self) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "off"})
        super().__init__(label=_("Name"), max_length=NAME_MAX_LENGTH, widget=widget)


class RoleField(forms.TypedChoiceField):
    """Offers the roles that this person may give. Another role of the contract is refused by its own sentence."""

    def __init__(self) -> None:
        super().__init__(label=_("Role"))
        self.known: dict[str, Role] = {}

    def offer(self, roles: list[Role], may: frozenset[str]) -> Role | None:
        """Puts the roles up for choice; the built-in one if it is among them, which makes a good default."""
        offered = [role for role in roles if may_grant(may, queries.latent_rights(role))]
        administrator = next((role for role in offered if role.built_in), None)
        self.known = {str(role.pk): role for role in roles}
        self.coerce = self.known.__getitem__
        choices: list[tuple[str, str | Promise]] = [(str(role.pk), _label(role)) for role in offered]
        self.choices = choices if administrator else [("", _("Choose a role")), *choices]
        self.help_text = "" if offered else _("There is no role that you may give.")
        return administrator

    def validate(self, value: Any) -> None:
        if value in self.known and not self.valid_value(value):
            raise ValidationError(rules.ROLE_BEYOND, code=BEYOND)
        super().validate(value)


def _label(role: Role) -> str:
    return role.name if role.enabled else _("%(role)s (disabled)") % {"role": role.name}


class NameForm(PlainForm):
    focus_first = True

    name = NameField()


class DescriptionForm(PlainForm):
    focus_first = True

    description = TextField(
        label=_("Description"),
        max_length=DESCRIPTION_MAX_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class RoleForm(PlainForm):
    role = RoleField()

    def __init__(self, *args: Any, contract: Contract, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(RoleField, self.fields["role"]).offer(queries.roles(contract), viewer.may)


class StateForm(PlainForm):
    state = forms.ChoiceField(
        label=_("Status"),
        choices=[("active", _("Active")), ("deactivated", _("Deactivated"))],
        widget=forms.RadioSelect,
        help_text=_("A deactivated user is logged out at once and can't log in; nothing of the account is lost."),
    )


class PasswordPairForm(PlainForm):
    """Two password fields and whether the password is only a first one. `owner_of_password` is whose it will be."""

    password1 = PasswordField(label=_("Password"), autocomplete="new-password")
    password2 = PasswordField(label=_("Password again"), autocomplete="new-password")
    must_change_password = forms.BooleanField(
        label=_("The user must choose a new password at the next log-in"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = passwords.LengthValidator().get_help_text()

    def owner_of_password(self) -> User:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        check_pair(self, "password1", "password2", self.owner_of_password())
        return data

    def suggest(self) -> None:
        show_suggestion(self, "password1", "password2")


class PasswordForm(PasswordPairForm):
    focus_first = True

    def __init__(self, *args: Any, target: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.target = target

    def owner_of_password(self) -> User:
        return self.target


class CreateForm(PasswordPairForm):
    """A new sub-user. Only the owner is asked about 2FA; left out, it is Yes."""

    focus_first = True
    field_order = (
        "name",
        "username",
        "email",
        "password1",
        "password2",
        "role",
        "two_factor_required",
        "must_change_password",
    )

    name = NameField()
    username = forms.CharField(
        label=_("Username"),
        max_length=USERNAME_MAX_LENGTH,
        validators=[username_validator],
        help_text=_("It can't be changed later. Letters A to Z, digits and the signs . @ + _ -"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=_("E-mail (optional)"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = RoleField()
    two_factor_required = forms.ChoiceField(
        label=_("2FA required"),
        choices=YES_NO,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Yes: the user sets up an authenticator app at the first log-in, before anything else."),
    )

    def __init__(self, *args: Any, contract: Contract, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contract = contract
        self._offer_roles(viewer)
        self.initial.setdefault("two_factor_required", "yes")
        if not viewer.is_owner:
            del self.fields["two_factor_required"]

    def _offer_roles(self, viewer: Viewer) -> None:
        administrator = cast(RoleField, self.fields["role"]).offer(queries.roles(self.contract), viewer.may)
        if administrator:
            self.initial.setdefault("role", administrator.pk)

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.named(username).exists():
            raise ValidationError(TAKEN)
        return username

    def clean_two_factor_required(self) -> bool:
        return bool(self.cleaned_data["two_factor_required"] != "no")

    def owner_of_password(self) -> User:
        typed = {name: self.cleaned_data.get(name, "") for name in ("username", "name", "email")}
        return User(contract=self.contract, **typed)
