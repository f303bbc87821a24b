"""A step of a login, a setup or a confirmation: one form, one outcome, one response."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise

from accounts.forms import PlainForm
from accounts.gate.change_view import ChangeView
from accounts.throttling import sentences as throttling_sentences
from accounts.throttling.budgets import Wait

SECRET_FIELDS = ("password", "code", "recovery_code")


class StepView(ChangeView):
    """`change` returns an outcome of `twofactor.outcomes` or a `Wait`; `answer` turns each into a response.

    A form that is shown again keeps what was typed, except passwords and codes, and shows the server's time unless the
    password was wrong.
    """

    def get_initial(self) -> dict[str, Any]:
        return {} if self.request.method == "POST" else self.stored()

    def cancel_url(self) -> str:
        """Empty: most steps have no **Cancel**."""
        return ""

    def refuse(self, form: PlainForm, field: str, sentence: str | Promise, *, wait: Wait | None = None) -> HttpResponse:
        """Shows the page again, with the wait that this attempt has started."""
        form.add_error(field, sentence)
        waits = {"wait": throttling_sentences.sentence(wait.seconds)} if wait else {}
        return self.render_to_response(self.get_context_data(form=form, **waits))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        if form.is_bound:
            form.data = {name: value for name, value in form.data.items() if name not in SECRET_FIELDS}
        tells_time = form.is_bound and "password" not in form.errors
        return context | {"server_time": timezone.now() if tells_time else None}
