from django import forms

from accounts.forms import PlainForm
from accounts.validators import ID_MAX


class ChoiceForm(PlainForm):
    contract = forms.IntegerField(min_value=1, max_value=ID_MAX)
    next = forms.CharField(required=False)
