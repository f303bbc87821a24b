"""The forms of Django admin: fields and error messages only. Changes go through services (`accounts.admin`)."""

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.admin.shown import RememberingForm
from accounts.forms import NfcEmailField, PasswordField, TextField, VisibleLineField
from accounts.models import Contract, Role, User
from accounts.models.contract import CONTRACT_NAME_MAX_LENGTH
from accounts.models.usernames import USERNAME_MAX_LENGTH
from accounts.passwords import rules, services
from accounts.passwords.forms import SAME, check_pair

if TYPE_CHECKING:
    UserModelForm = forms.ModelForm[User]
else:
    UserModelForm = forms.ModelForm

PASSWORDS = ("new_password1", "new_password2")


def new_password(label: Any, *, required: bool) -> PasswordField:
    return PasswordField(autocomplete="new-password", label=label, required=required)


class AccountForm(RememberingForm):
    """One account. The two password fields stay empty unless the password is to be changed."""

    unlock = forms.BooleanField(
        label=_("Unlock"), required=False, help_text=_("Clears failed attempts and ends all waits at once.")
    )
    new_password1 = new_password(_("New password"), required=False)
    new_password2 = new_password(_("Confirm new password"), required=False)

    class Meta:
        model = User
        fields: tuple[str, ...] = ("name", "description", "is_active", "is_superuser", "role")
        labels = {"is_superuser": _("Admin")}
        help_texts = {
            "is_active": _("If not checked, the user is logged out at once and can't log in."),
            "is_superuser": _(
                "Has full access to these pages. Two-factor authentication is always required for admins."
            ),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}
        field_classes = {"name": VisibleLineField, "description": TextField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = rules.LengthValidator().get_help_text()
        if "role" in self.fields:
            _only_roles_of(self.fields["role"], self.instance)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if bool(data.get("new_password1")) != bool(data.get("new_password2")):
            self.add_error("new_password2", _("Enter the same password twice."))
        check_pair(cast(forms.Form, self), *PASSWORDS, self.instance)
        new = data.get("new_password1")
        if new and not self.errors and services.is_current(self.instance, new):
            self.add_error("new_password1", SAME)
        return data


def _only_roles_of(field: forms.Field, user: User) -> None:
    """The roles of the user's own contract, without links for changing roles."""
    cast("forms.ModelChoiceField[Role]", field).queryset = Role.objects.filter(contract=user.contract)
    field.required = True
    for link in ("can_add_related", "can_change_related", "can_delete_related", "can_view_related"):
        setattr(field.widget, link, False)


class OwnAccountForm(AccountForm):
    """The admin's own account. Its password is changed under Profile, which asks for the current one."""

    unlock = None  # type: ignore[assignment]
    new_password1 = None  # type: ignore[assignment]
    new_password2 = None  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        RememberingForm.__init__(self, *args, **kwargs)

    def clean(self) -> dict[str, Any]:
        return forms.ModelForm.clean(self) or self.cleaned_data


class NewOwnerForm(UserModelForm):
    """A new account owner with a first contract. Owners create their sub-users in the panel."""

    contract_name = VisibleLineField(label=_("Contract"), max_length=CONTRACT_NAME_MAX_LENGTH)
    new_password1 = new_password(_("Password"), required=True)
    new_password2 = new_password(_("Confirm password"), required=True)

    class Meta:
        model = User
        fields = ("username", "name", "email", "two_factor_required")
        field_classes = {"name": VisibleLineField, "email": NfcEmailField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs["autocomplete"] = "username"
        self.fields["new_password1"].help_text = rules.LengthValidator().get_help_text()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        words = {name: data.get(name, "") for name in ("username", "name", "email")}
        check_pair(
            cast(forms.Form, self), *PASSWORDS, User(contract=Contract(name=data.get("contract_name", "")), **words)
        )
        return data


class ContractForm(RememberingForm):
    class Meta:
        model = Contract
        fields = ("name",)
        field_classes = {"name": VisibleLineField}


class NewContractForm(ContractForm):
    owner = forms.CharField(
        label=_("Owner"),
        max_length=USERNAME_MAX_LENGTH,
        help_text=_("The username of an account that doesn't belong to anybody else's contract."),
    )

    def clean_owner(self) -> User:
        owner = User.objects.named(self.cleaned_data["owner"]).first()
        if owner is None:
            raise ValidationError(_("No account has this username."))
        if owner.contract_id:
            raise ValidationError(_("A user of somebody else's contract can't own a contract."))
        return owner
