"""`/two-factor/later/`: offers to set up planned 2FA now or later, at each login until it is required."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.views.generic import TemplateView

from accounts.gate.access import Access, Audience, Stage
from accounts.gate.request import PanelRequest
from accounts.models import User
from twofactor.login import flow, pending_login
from twofactor.login.views import led_to


class LaterStep(TemplateView):
    access = Access(Audience.STEP, stage=Stage.OFFER)
    template_name = "twofactor/later.html"
    request: PanelRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.pending_login.user
        context = {
            "account": user.username,
            "moment": user.two_factor_required_from,
            "contract": user.contract.name if user.contract else "",
            "required_by": user.contract.owner.name if user.contract else "",
        }
        return super().get_context_data(**context | kwargs)

    def post(self, request: PanelRequest) -> HttpResponse:
        """Logs in either way. `action=set_up` then leads to the setup, which can still be left, and continues from
        there."""
        waiting = request.pending_login
        login = replace(waiting.login, offer=pending_login.OFFER_DONE)
        address = flow.advance(request, waiting.user, login)
        wanted = request.POST.get("action") == "set_up" and isinstance(request.user, User)
        if wanted:
            request.session[flow.AFTER_SETUP] = address
        return led_to(request, reverse("two_factor_setup") if wanted else address)
