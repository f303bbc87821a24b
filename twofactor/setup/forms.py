"""Step 4 of the setup. The code field gets the focus only if it is visible together with the QR code."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.forms import CodeField, PlainForm


class SetupForm(PlainForm):
    code = CodeField(label=_("Code"), numeric=True, help_text=_("Six digits from your app"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["data-focus-in-view"] = True
