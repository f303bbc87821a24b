"""The forms about roles: fields and messages. Whether a change is allowed is decided by `rules`."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import DescriptionField, NameFormField, PlainForm
from accounts.limits import limited
from accounts.models.role import ROLE_DESCRIPTION_MAX_LENGTH, ROLE_NAME_MAX_LENGTH
from accounts.permissions import CATALOGUE
from accounts.roles.rules import DISABLES_OWN
from accounts.validators import row_id

NAME_TAKEN = _("A role with this name already exists. Choose another name.")
IDS_AT_ONCE = 200
TOO_MANY = limited(_("You can add at most %(limit)s users to a role at once."), IDS_AT_ONCE)


class RoleNameForm(PlainForm):
    focus_first = True

    name = NameFormField(ROLE_NAME_MAX_LENGTH)


class RoleDescriptionForm(PlainForm):
    focus_first = True

    description = DescriptionField(ROLE_DESCRIPTION_MAX_LENGTH)


class NewRoleForm(PlainForm):
    """A new role, or the clone of one."""

    focus_first = True

    name = NameFormField(ROLE_NAME_MAX_LENGTH)
    description = DescriptionField(ROLE_DESCRIPTION_MAX_LENGTH)


class RoleStateForm(PlainForm):
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("active", _("Active")), ("disabled", _("Disabled"))],
        widget=forms.RadioSelect,
        help_text=_(
            "A disabled role grants no permissions. Its users keep the role, but can't do anything until it "
            "is active again."
        ),
    )

    def offer_active_only(self) -> None:
        """For the viewer's own role, which can't be disabled."""
        field = self.fields["state"]
        field.widget.choices = field.widget.choices[:1]
        field.help_text = DISABLES_OWN


class PermissionsForm(PlainForm):
    permissions = forms.MultipleChoiceField(
        label=_("Permissions"),
        required=False,
        choices=[(p.key, p.label) for section in CATALOGUE for p in section.permissions],
        error_messages={"invalid_choice": _("One of these permissions doesn't exist.")},
    )


class IdsField(forms.TypedMultipleChoiceField):
    """Which users exist is up to the query: an id of another contract is a 404, like one that doesn't exist."""

    def valid_value(self, value: Any) -> bool:
        return row_id(str(value)) is not None


class UsersForm(PlainForm):
    """The users to add to a role."""

    ids = IdsField(
        label=_("Users"),
        coerce=int,
        error_messages={
            "required": _("Select at least one user."),
            "invalid_choice": _("One of these user IDs is invalid."),
        },
    )

    def clean_ids(self) -> list[int]:
        ids: list[int] = self.cleaned_data["ids"]
        if len(ids) > IDS_AT_ONCE:
            raise forms.ValidationError(TOO_MANY)
        return ids
