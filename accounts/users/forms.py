"""The forms about users: fields and messages. Whether a change is allowed is decided by `rules`."""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import DescriptionField, NameFormField, PasswordField, PlainForm, Radios
from accounts.models import Contract, User
from accounts.models.user import DESCRIPTION_MAX_LENGTH, NAME_MAX_LENGTH
from accounts.passwords import rules, services
from accounts.passwords.forms import SAME, PairForm, check_pair, tell_words
from accounts.reset.links import INVITATION_HOURS
from accounts.users import queries
from accounts.users.fields import EmailField, RoleField, UsernameField
from accounts.users.required_from import RequiredFromForm
from accounts.users.rules import Viewer

TAKEN = _("This username is taken. Choose another one.")
INVITE_OR_NOT = (("on", _("Invite by email")), ("", _("Set a password")))
YES_NO = (("yes", _("Yes")), ("no", _("No")))


def _length_text() -> str:
    return rules.LengthValidator().get_help_text()


def _invitation_text() -> str:
    if settings.MAIL_ENABLED:
        return gettext(
            "Invite by email: the user chooses a password with a link that works once and expires in %(hours)s hours."
        ) % {"hours": INVITATION_HOURS}
    return gettext("This panel can't send email at the moment, so an invitation wouldn't arrive.")


_length_help, _invitation_help = lazy(_length_text, str), lazy(_invitation_text, str)


class UserNameForm(PlainForm):
    focus_first = True

    name = NameFormField(NAME_MAX_LENGTH)


class UserDescriptionForm(PlainForm):
    focus_first = True

    description = DescriptionField(DESCRIPTION_MAX_LENGTH)


class UserEmailForm(PlainForm):
    focus_first = True

    email = EmailField(label=_("Email"))


class UserStateForm(PlainForm):
    state = forms.ChoiceField(
        label=_("Status"),
        choices=[("active", _("Active")), ("deactivated", _("Deactivated"))],
        widget=forms.RadioSelect,
        help_text=_("A deactivated user is logged out at once and can't log in. Nothing in the account is lost."),
    )


class PasswordPairForm(PairForm):
    """A password, and whether it must be changed at the next login. `owner_of_password` is whose it will be.

    The page shows one field, which can be made readable. `password2` is compared if it is sent.
    """

    pair = ("password1", "password2")

    password1 = PasswordField(label=_("Password"), autocomplete="new-password", help_text=_length_help())
    password2 = PasswordField(label=_("Confirm password"), autocomplete="new-password")  # where it is sent
    must_change_password = forms.BooleanField(
        label=_("The user must choose a new password at the next login"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "password2" not in self.data:
            del self.fields["password2"]

    def owner_of_password(self) -> User:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.check_password()
        return data

    def check_password(self) -> None:
        check_pair(self, *self.pair, self.owner_of_password())


class UserPasswordForm(PasswordPairForm):
    focus_first = True

    def __init__(self, *args: Any, target: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.target = target
        tell_words(self, "password1", target)

    def owner_of_password(self) -> User:
        return self.target

    def check_password(self) -> None:
        super().check_password()
        if not self.errors and services.is_current(self.target, self.cleaned_data["password1"]):
            self.add_error("password1", SAME)


class NewUserForm(PasswordPairForm, RequiredFromForm):
    """A new sub-user. Only the owner is asked about 2FA; the default is Yes."""

    focus_first = True
    field_order = (
        "invite",
        "name",
        "username",
        "email",
        "password1",
        "password2",
        "must_change_password",
        "role",
        "two_factor_required",
        "required_from",
        "required_from_zone",
    )

    name = NameFormField(NAME_MAX_LENGTH)
    username = UsernameField()
    email = EmailField(label=_("Email"), help_text=_("Required for an invitation, otherwise optional."))
    invite = forms.TypedChoiceField(
        label=_("How does the user get a password?"),
        choices=INVITE_OR_NOT,
        coerce=bool,
        required=False,
        widget=Radios,
        help_text=_invitation_help(),
    )
    role = RoleField()
    two_factor_required = forms.ChoiceField(
        label=_("2FA required"),
        choices=YES_NO,
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Yes: the user must set up a second factor before using the panel."),
    )

    def __init__(self, *args: Any, contract: Contract, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.contract = contract
        self._offer_roles(viewer)
        self._ask_for_a_password_or_none()
        self.initial.setdefault("two_factor_required", "yes")
        if not viewer.is_owner:
            del self.fields["two_factor_required"]
            self.ask_no_moment()

    def _offer_roles(self, viewer: Viewer) -> None:
        administrator = cast(RoleField, self.fields["role"]).offer(queries.roles(self.contract), viewer.permissions)
        if administrator:
            self.initial.setdefault("role", administrator.pk)

    def _ask_for_a_password_or_none(self) -> None:
        invited = self.is_bound and bool(self["invite"].data)
        for name in self.fields.keys() & {"password1", "password2"}:
            self.fields[name].required = not invited

    def check_password(self) -> None:
        if not self.cleaned_data.get("invite"):
            super().check_password()
        elif not self.cleaned_data.get("email") and not self.has_error("email"):
            self.add_error("email", _("An invitation needs an email address."))

    def suggest(self) -> None:
        super().suggest()
        self.initial["invite"] = ""

    def clean_username(self) -> str:
        username: str = self.cleaned_data["username"]
        if User.objects.named(username).exists():
            raise ValidationError(TAKEN)
        return username

    def clean(self) -> dict[str, Any]:
        """The values for a new account, with one time instead of the two fields for it."""
        data = super().clean()
        for name in ("required_from", "required_from_zone"):
            data.pop(name, None)
        return data | ({"two_factor_required_from": self.moment} if self.moment else {})

    def takes_moment(self, data: dict[str, Any]) -> bool:
        return super().takes_moment(data) and bool(data.get("two_factor_required"))

    def clean_two_factor_required(self) -> bool:
        return bool(self.cleaned_data["two_factor_required"] != "no")

    def owner_of_password(self) -> User:
        typed = {name: self.cleaned_data.get(name, "") for name in ("username", "name", "email")}
        return User(contract=self.contract, **typed)
