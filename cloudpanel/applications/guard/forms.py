"""The form of the guard page."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import PlainForm
from cloudpanel.applications.fields import UpstreamField


class GuardForm(PlainForm):
    guard = forms.BooleanField(
        label=_("Guard on"),
        required=False,
        help_text=_("At every request, the reverse proxy asks the panel whether this person has access."),
    )
    assertion = forms.BooleanField(
        label=_("Signed assertion"),
        required=False,
        help_text=_(
            "Adds the header Cloudpanel-Assertion, a JWT that the application can verify (ES256, one minute, for this "
            "origin alone). Its key is published at /openid/jwks.json."
        ),
    )
    upstream = UpstreamField()
