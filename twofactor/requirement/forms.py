from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.users.required_from import RequiredFromForm


class RequiredForm(RequiredFromForm):
    """Yes or No and, if 2FA isn't required yet (`plannable`), the time from which Yes applies."""

    field_order = ("required", "required_from", "required_from_zone")

    required = forms.ChoiceField(
        label=_("2FA required"), choices=[("yes", _("Yes")), ("no", _("No"))], widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, plannable: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not plannable and not self.data.get("required_from"):  # a time that was sent is refused beside its field
            self.ask_no_moment()

    def takes_moment(self, data: dict[str, Any]) -> bool:
        return data.get("required") == "yes"
