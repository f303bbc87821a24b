"""The forms of the question about several users."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import PlainForm
from accounts.limits import Grouped
from accounts.models import Contract
from accounts.users.required_from import RequiredFromForm
from accounts.users.role_choice import UserRoleForm
from accounts.users.rules import Viewer
from accounts.users.several import Action
from cloudpanel.users.bulk import BulkChoice, Plan

SEPARATOR = re.compile(r"(?<=\d)[.,'’\s](?=\d{3}\b)")
"""Between the digits of a number that was typed as the page shows it, or as another language does."""


class CountForm(PlainForm):
    """Several users are only deleted if their number is typed."""

    count = forms.CharField(
        label=gettext_lazy("How many users are deleted?"),
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.number = Grouped(number)
        self.fields["count"].help_text = _("Type %(number)s to delete %(number)s users.") % {"number": self.number}

    def clean_count(self) -> str:
        typed: str = self.cleaned_data["count"].strip()
        if SEPARATOR.sub("", typed) != str(int(self.number)):
            raise ValidationError(_("Type %(number)s, the number of users to delete.") % {"number": self.number})
        return typed


def form_for(plan: Plan, data: Any = None, *, contract: Contract, viewer: Viewer, begun: bool = False) -> PlainForm:
    """The form of the question. `begun`: the number was already typed, for the users before."""
    match plan.action:
        case Action.REQUIRE:
            return RequiredFromForm(data)
        case Action.ROLE:
            return UserRoleForm(data, contract=contract, viewer=viewer)
        case Action.DELETE if len(plan.affected) > 1 and not begun:
            return CountForm(data, number=len(plan.affected))
    return PlainForm(data)


def choice_of(form: PlainForm) -> BulkChoice:
    return BulkChoice(required_from=getattr(form, "moment", None), role=form.cleaned_data.get("role"))
