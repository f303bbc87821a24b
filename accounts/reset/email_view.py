"""The form with a new email address, one's own or that of a user."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect

from accounts.forms import PlainForm
from accounts.gate.change_view import ChangeView
from accounts.models import User
from accounts.reset.responses import say_email, say_pending
from accounts.reset.services import EmailChange
from accounts.texts import Text


class EmailView(ChangeView):
    """A new address is confirmed by a mailed link; without a mail server it takes effect at once."""

    mailed: Text
    not_mailed: Text

    def holder(self) -> User:
        """Whose address it is."""
        raise NotImplementedError

    def explanation(self) -> Text:
        return self.mailed if settings.MAIL_ENABLED else self.not_mailed

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"text": f"{context['text']} {say_pending(self.holder())}".strip()}

    def answer(self, outcome: EmailChange | None, form: PlainForm) -> HttpResponse:
        say_email(self.request, self.holder(), outcome)
        return redirect(self.get_success_url())
