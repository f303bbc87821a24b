"""The switch of the guard."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import PlainForm
from cloudpanel.applications.fields import UpstreamField


class GuardForm(PlainForm):
    guard = forms.BooleanField(
        label=_("Guard on"),
        required=False,
        help_text=_("The reverse proxy asks the panel at every request whether this person may go on."),
    )
    upstream = UpstreamField()
