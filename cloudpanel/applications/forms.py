"""Forms for applications."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.http.request import validate_host
from django.utils.translation import gettext_lazy as _

from accounts import folding
from accounts.forms import DescriptionField, LineField, NameFormField, PlainForm
from accounts.limits import limited
from accounts.models import Role
from accounts.validators import row_id
from cloudpanel.applications import origins
from cloudpanel.applications.models import (
    DESCRIPTION_MAX_LENGTH,
    NAME_MAX_LENGTH,
    ORIGIN_MAX_LENGTH,
    Needs,
    Preset,
    Who,
)

ORIGIN_TAKEN = _("Another application has this origin. Choose another one.")
LOWERS = _("Only the account owner can lower this requirement. Ask them, or choose a stricter one.")
MINUTES_MAX = 720


class OriginField(LineField):
    """Cleans to the form in which browsers send an origin."""

    def __init__(self) -> None:
        attrs = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false", "inputmode": "url"}
        super().__init__(
            label=_("Origin"),
            max_length=ORIGIN_MAX_LENGTH,
            widget=forms.TextInput(attrs=attrs | {"placeholder": "https://grafana.example.com"}),
            help_text=_("The address at which people open the application: scheme, host and port, without a path."),
        )

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            found = origins.parse(text)
        except origins.NotAnOrigin as error:
            raise forms.ValidationError(error.args[0], code="origin") from error
        if validate_host(found.host, settings.OWN_HOSTS):
            raise forms.ValidationError(
                _("This is the panel's own host. An application needs another host name."), code="panel"
            )
        return str(found)


class ApplicationNameForm(PlainForm):
    focus_first = True

    name = NameFormField(NAME_MAX_LENGTH)


class ApplicationDescriptionForm(PlainForm):
    focus_first = True

    description = DescriptionField(DESCRIPTION_MAX_LENGTH)


class OriginForm(PlainForm):
    focus_first = True

    origin = OriginField()


class NewApplicationForm(PlainForm):
    focus_first = True

    name = NameFormField(NAME_MAX_LENGTH)
    origin = OriginField()
    preset = forms.ChoiceField(
        label=_("Kind"),
        choices=Preset.choices,
        required=False,
        help_text=_("Chooses the icon and fills in the settings for OpenID Connect. It can't be changed later."),
    )
    guard = forms.BooleanField(
        label=_("Guard"),
        required=False,
        help_text=_("At every request, the reverse proxy asks the panel whether this person has access."),
    )
    openid = forms.BooleanField(
        label=_("Log in with OpenID Connect"),
        required=False,
        help_text=_("The application sends people to the panel to log in. The next page asks for its addresses."),
    )

    def clean_preset(self) -> str:
        return self.cleaned_data["preset"] or Preset.OTHER


class ApplicationStateForm(PlainForm):
    state = forms.ChoiceField(
        label=_("State"),
        choices=[("active", _("Active")), ("disabled", _("Disabled"))],
        widget=forms.RadioSelect,
        help_text=_("Nobody can open a disabled application. Its settings are kept."),
    )


if TYPE_CHECKING:
    ChoiceOfRoles = forms.ModelMultipleChoiceField[Role]
else:
    ChoiceOfRoles = forms.ModelMultipleChoiceField


class RolesField(ChoiceOfRoles):
    def clean(self, value: Any) -> Any:
        """SQLite raises an error for a number beyond 64 bits."""
        if not all(row_id(str(number)) for number in value or ()):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class AccessForm(PlainForm):
    who = forms.ChoiceField(label=_("Who may open it"), choices=Who.choices, widget=forms.RadioSelect)
    roles = RolesField(
        label=_("Roles"),
        queryset=Role.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The account owner may always open it."),
        error_messages={"invalid_choice": _("One of these roles doesn't exist.")},
    )

    def __init__(self, *args: Any, roles: QuerySet[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["roles"].queryset = roles  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = list(cleaned.get("roles") or [])
        if cleaned.get("who") == Who.ROLES and not chosen and "roles" not in self.errors:
            self.add_error("roles", _("Select at least one role."))
        return cleaned | {"roles": sorted(chosen, key=lambda role: folding.sort_key(role.name))}


class NeedsForm(PlainForm):
    needs = forms.ChoiceField(
        label=_("Needs"),
        choices=Needs.choices,
        widget=forms.RadioSelect,
        help_text=_(
            "Login: whatever the account itself requires. Two-factor authentication: it must be set up. "
            "Security key or passkey: it must have been used in this session."
        ),
    )
    reauthenticate_minutes = forms.IntegerField(
        label=_("Confirm again after (minutes)"),
        required=False,
        min_value=1,
        max_value=MINUTES_MAX,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=limited(
            _(
                "How long ago the last login or confirmation may be when the application is opened, from 1 to "
                "%(limit)s. Leave empty if it doesn't matter."
            ),
            MINUTES_MAX,
        ),
    )
