"""The form of an application as an OpenID Connect client."""

from ipaddress import ip_address
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import LineField, PlainForm, TextField
from accounts.hosts import is_loopback
from accounts.limits import limited
from cloudpanel.applications.openid import addresses, delivery
from cloudpanel.applications.openid.models import ADDRESSES_MAX_LENGTH, Authentication

MANY = 20
_ATTRS = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class AddressesField(TextField):
    """Several addresses, one per line. Errors name the address."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs=_ATTRS | {"rows": 3})
        super().__init__(required=False, max_length=ADDRESSES_MAX_LENGTH, widget=widget, **kwargs)

    def clean(self, value: Any) -> Any:
        found = list(dict.fromkeys(addresses.lines(super().clean(value))))
        if len(found) > MANY:
            raise forms.ValidationError(limited(_("Use at most %(limit)s addresses."), MANY), code="many")
        for address in found:
            if fault := addresses.fault(address):
                raise forms.ValidationError(str(fault), code="address", params={"address": address[:200]})
        return "\n".join(found)


class LogoutAddressField(LineField):
    """An address to which the panel sends requests: not in a private network unless the operator allows it."""

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
        if parts and parts.scheme != "https" and not is_loopback(host):
            raise forms.ValidationError(addresses.SCHEME, code="address", params={"address": address})
        if _is_forbidden(host):
            raise forms.ValidationError(
                _("This address is in a private network. The operator can allow it with BACKCHANNEL_NETWORKS."),
                code="private",
            )
        return address


def _is_forbidden(host: str) -> bool:
    """Names are not resolved here, but when they are used, as they may change."""
    try:
        return not delivery.is_allowed(ip_address(host))
    except ValueError:
        return host.endswith("localhost") and not delivery.is_allowed(ip_address("127.0.0.1"))


class OpenIDForm(PlainForm):
    openid = forms.BooleanField(label=_("Log in with OpenID Connect"), required=False)
    redirect_uris = AddressesField(
        label=_("Redirect addresses"),
        help_text=_("One per line, exactly as the application sends them. See its documentation."),
    )
    post_logout_redirect_uris = AddressesField(
        label=_("Addresses after logout"),
        help_text=_("Where the application may send people once they have logged out. One per line."),
    )
    backchannel_logout_uri = LogoutAddressField(
        label=_("Back-channel logout address"),
        help_text=_(
            "Where the panel notifies the application that a session has ended, if the application supports this."
        ),
    )
    client_authentication = forms.ChoiceField(
        label=_("How the application sends its secret"),
        choices=Authentication.choices,
        widget=forms.RadioSelect,
        help_text=_("Choosing None deletes its secrets. They stop working at once."),
    )
    pkce_required = forms.BooleanField(
        label=_("PKCE required"),
        required=False,
        help_text=_("Switch this off only if the application doesn't support PKCE."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("openid") and not cleaned.get("redirect_uris") and "redirect_uris" not in self.errors:
            self.add_error("redirect_uris", _("Enter at least one address."))
        return cleaned


class SecretForm(PlainForm):
    """Without a value a new secret, with one the removal of the old secret."""

    remove = forms.CharField(required=False, widget=forms.HiddenInput)
