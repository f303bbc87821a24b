"""`/two-factor/later/`: 2FA will be required of this person. Set it up now or later, asked at each login until then."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from accounts.gate.access import Access, Audience, Stage
from accounts.gate.request import PanelRequest
from accounts.models import User
from twofactor.login import flow, pending_login
from twofactor.login.views import led_to


class LaterStep(View):
    access = Access(Audience.STEP, stage=Stage.OFFER)

    def get(self, request: PanelRequest) -> HttpResponse:
        user = request.pending_login.user
        context = {
            "account": user.username,
            "moment": user.two_factor_required_from,
            "contract": user.contract.name if user.contract else "",
            "required_by": user.contract.owner.name if user.contract else "",
        }
        return render(request, "twofactor/later.html", context)

    def post(self, request: PanelRequest) -> HttpResponse:
        """Logs in either way. `action=set_up` then leads to the setup, which may still be left."""
        waiting = request.pending_login
        login = replace(waiting.login, offer=pending_login.OFFER_DONE)
        address = flow.advance(request, waiting.user, login)
        wanted = request.POST.get("action") == "set_up" and isinstance(request.user, User)
        return led_to(request, reverse("two_factor_setup") if wanted else address)
