"""`/confirm/`: proves again who sits here, then leads by GET to where it was asked."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views import View

from accounts.access import Access, Audience, Duty
from accounts.attempts import Wait
from accounts.http import PanelRequest
from accounts.origin import of
from accounts.redirects import safe_next
from twofactor import factor, sentences
from twofactor.confirm.forms import ConfirmForm
from twofactor.confirm.services import confirm_step
from twofactor.login import flow, known
from twofactor.outcomes import Proven, Wrong
from twofactor.responses import show


class ConfirmPage(View):
    access = Access(Audience.STEP, duty=Duty.CONFIRM)
    template = "twofactor/confirm.html"

    def get(self, request: PanelRequest) -> HttpResponse:
        form = ConfirmForm(active=factor.is_active(request.user), initial={"next": safe_next(request.GET.get("next"))})
        return show(request, self.template, form, self.context(request))

    def post(self, request: PanelRequest) -> HttpResponse:
        form = ConfirmForm(request.POST, active=factor.is_active(request.user))
        if not form.is_valid():
            return show(request, self.template, form, self.context(request))
        data = form.cleaned_data
        outcome = confirm_step(
            request.user,
            password=data["password"],
            code=data.get("code", ""),
            recovery_code=data.get("recovery_code", ""),
            origin=of(request),
            marks=known.marks_of(request),
        )
        if isinstance(outcome, Proven):
            flow.confirm_now(request)
            return redirect(safe_next(data["next"]))
        if isinstance(outcome, Wait):
            return show(request, self.template, form, self.context(request), outcome)
        form.add_error(*sentence_at(outcome, data))
        return show(request, self.template, form, self.context(request))

    def context(self, request: PanelRequest) -> dict[str, Any]:
        return {"account": request.user.username}


def sentence_at(outcome: Any, data: dict[str, Any]) -> tuple[str, str]:
    """The field that was wrong, and what to say there."""
    if isinstance(outcome, Wrong) and outcome.password:
        return "password", sentences.confirm_password()
    if data.get("recovery_code"):
        return "recovery_code", sentences.recovery_code(outcome)
    return "code", sentences.code(outcome)
