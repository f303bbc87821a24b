"""A step of a login, of a setup or of a confirmation: one form, one outcome, one response."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise

from accounts.forms import PlainForm
from accounts.gate.change_view import ChangeView

SECRET_FIELDS = ("password", "code", "recovery_code")


class StepView(ChangeView):
    """`change` returns an outcome of `twofactor.outcomes` or a `Wait`; `answer` turns each into a response.

    A form that comes back keeps what was typed, except passwords and codes, and tells the server's time unless it was
    the password that was wrong.
    """

    def get_initial(self) -> dict[str, Any]:
        return {} if self.request.method == "POST" else self.stored()

    def cancel_url(self) -> str:
        """Most steps can't be left out."""
        return ""

    def refuse(self, form: PlainForm, field: str, sentence: str | Promise) -> HttpResponse:
        form.add_error(field, sentence)
        return self.form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        if form.is_bound:
            form.data = {name: value for name, value in form.data.items() if name not in SECRET_FIELDS}
        tells_time = form.is_bound and "password" not in form.errors
        return context | {"server_time": timezone.now() if tells_time else None}
