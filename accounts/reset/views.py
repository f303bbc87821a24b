"""Requesting a link by email, and the pages behind mailed links.

Nothing here logs anybody in. All links that don't work get the same page.
"""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import ChangeView
from accounts.outbox.rows import Mailed
from accounts.reset import links, services
from accounts.reset.forms import ForgotForm
from accounts.reset.link_pages import LinkPage
from accounts.reset.links import Link


class ForgotPage(ChangeView):
    """Answers every name in the same way. The name isn't looked up in this request, not even after the response."""

    access = Access(Audience.OPEN)
    template_name = "accounts/reset/forgot.html"
    form_class = ForgotForm
    success_url = reverse_lazy("login")

    def change(self, form: PlainForm) -> None:
        services.ask_for_link(form.cleaned_data["username_or_email"], origin=self.origin)

    def answer(self, outcome: None, form: PlainForm) -> HttpResponse:
        template = "accounts/reset/sent.html" if settings.MAIL_ENABLED else self.template_name
        return render(self.request, template)


class ConfirmEmailPage(LinkPage):
    template_name = "accounts/reset/email_confirm.html"
    done = gettext_lazy("Your new email address is confirmed. Log in again.")

    def read(self) -> Link | None:
        return links.read_email_link(self.kwargs["token"])

    def change(self, form: PlainForm) -> Mailed | None:
        return services.confirm_email(self.link, origin=self.origin)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(owner=self.link.user, **kwargs)
