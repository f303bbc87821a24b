"""Step 4 of the set-up. Nothing takes the focus at first, so that the QR code stays in view."""

from django.utils.translation import gettext_lazy as _

from accounts.forms import CodeField, PlainForm


class SetupForm(PlainForm):
    code = CodeField(label=_("Code"), numeric=True, help_text=_("Six digits from your app"))
