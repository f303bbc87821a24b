from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms import PlainForm


class RequiredForm(PlainForm):
    """Yes or No, and what each of them does."""

    required = forms.ChoiceField(
        label=_("2FA required"), choices=[("yes", _("Yes")), ("no", _("No"))], widget=forms.RadioSelect
    )
