"""Shape and sentences for what is typed about an application as a client of OpenID Connect."""

from ipaddress import ip_address
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import LineField, PlainForm, TextField
from cloudpanel.applications.openid import addresses, delivery
from cloudpanel.applications.openid.models import ADDRESSES_MAX_LENGTH, Authentication

MANY = 20
_ATTRS = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class AddressesField(TextField):
    """Several addresses, one a line; what is wrong with one is said with its text."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs=_ATTRS | {"rows": 3})
        super().__init__(required=False, max_length=ADDRESSES_MAX_LENGTH, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        found = list(dict.fromkeys(addresses.lines(super().clean(value))))
        if len(found) > MANY:
            raise forms.ValidationError(_("Use at most 20 addresses."), code="many")
        for address in found:
            if fault := addresses.fault(address):
                raise forms.ValidationError(str(fault), code="address", params={"address": address[:200]})
        return "\n".join(found)


class LogoutAddressField(LineField):
    """Where the panel itself will send something: never into its own network unless the operator allows it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.TextInput(attrs=_ATTRS | {"inputmode": "url"}), **kwargs)

    def clean(self, value: Any) -> Any:
        address = super().clean(value)
        if not address:
            return ""
        if fault := addresses.fault(address, own_schemes=False):
            raise forms.ValidationError(str(fault), code="address", params={"address": address[:200]})
        parts = addresses.split(address)
        host = parts.hostname or "" if parts else ""
        if parts and parts.scheme != "https" and not addresses.is_loopback(host):
            raise forms.ValidationError(addresses.SCHEME, code="address", params={"address": address})
        if _is_forbidden(host):
            raise forms.ValidationError(
                _("This address is in a private network. The operator can allow it with BACKCHANNEL_NETWORKS."),
                code="private",
            )
        return address


def _is_forbidden(host: str) -> bool:
    """A name is looked at when it is used, and may lead elsewhere by then."""
    try:
        return not delivery.is_allowed(ip_address(host))
    except ValueError:
        return host.endswith("localhost") and not delivery.is_allowed(ip_address("127.0.0.1"))


class OpenIDForm(PlainForm):
    openid = forms.BooleanField(label=_("Log in with OpenID Connect"), required=False)
    redirect_uris = AddressesField(
        label=_("Redirect addresses"),
        help_text=_("One a line, exactly as the application sends them. Its documentation names them."),
    )
    post_logout_redirect_uris = AddressesField(
        label=_("Addresses after logout"),
        help_text=_("Where the application may send people once they have logged out. One a line."),
    )
    backchannel_logout_uri = LogoutAddressField(
        label=_("Back-channel logout address"),
        help_text=_("Where the panel tells the application that a session is over, if the application can do that."),
    )
    client_authentication = forms.ChoiceField(
        label=_("How the application shows its secret"), choices=Authentication.choices, widget=forms.RadioSelect
    )
    pkce_required = forms.BooleanField(
        label=_("PKCE required"),
        required=False,
        help_text=_("Switch it off only for an application that can't do it."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("openid") and not cleaned.get("redirect_uris") and "redirect_uris" not in self.errors:
            self.add_error("redirect_uris", _("Enter at least one address."))
        return cleaned
