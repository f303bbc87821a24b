"""`/confirm/`: proves again who sits here, then leads by GET to where it was asked."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.views import View

from accounts.gate.access import Access, Audience, Stage, access_of
from accounts.gate.redirects import HOME, after_login, safe_next
from accounts.gate.request import PanelRequest
from accounts.origin import Origin
from accounts.throttling.budgets import Wait
from twofactor.confirm.forms import ConfirmForm
from twofactor.confirm.services import confirm_step
from twofactor.factors import app as factor
from twofactor.login import freshness, known_browser, proof, sentences
from twofactor.login.proof import Method
from twofactor.outcomes import Proven, Wrong
from twofactor.responses import show


class ConfirmPage(View):
    access = Access(Audience.STEP, stage=Stage.CONFIRM)
    template = "twofactor/confirm.html"

    def get(self, request: PanelRequest) -> HttpResponse:
        wanted = safe_next(request.GET.get("next"))
        initial = {"next": wanted, "back": came_from(request, wanted)}
        form = ConfirmForm(active=factor.is_active(request.user), initial=initial)
        return show(request, self.template, form, self.context(request, initial["back"]))

    def post(self, request: PanelRequest) -> HttpResponse:
        form = ConfirmForm(request.POST, active=factor.is_active(request.user))
        context = self.context(request, safe_next(request.POST.get("back")))
        if not form.is_valid():
            return show(request, self.template, form, context)
        data = form.cleaned_data
        outcome = confirm_step(
            request.user,
            password=data["password"],
            code=data.get("code", ""),
            recovery_code=data.get("recovery_code", ""),
            origin=Origin.from_request(request),
            known_browsers=known_browser.known_browsers_of(request),
        )
        if isinstance(outcome, Proven):
            freshness.confirm_now(request)
            proof.add(request.session, Method.MEMORIZED, method_of(data))
            return redirect(safe_next(data["next"]))
        if isinstance(outcome, Wait):
            return show(request, self.template, form, context, outcome)
        form.add_error(*sentence_at(outcome, data))
        return show(request, self.template, form, context)

    def context(self, request: PanelRequest, back: str) -> dict[str, Any]:
        return {"account": request.user.username, "cancel_url": back}


def came_from(request: PanelRequest, wanted: str) -> str:
    """Where **Cancel** leads: to the page with the pencil or button that was pressed, else to the one above `wanted`.

    Browsers keep the Referer across the redirect to this page. The form itself, posted after its five minutes, would
    only lead here again.
    """
    here, referrer = request.build_absolute_uri("/"), request.headers.get("Referer", "")
    if referrer.startswith(here):
        page = after_login(referrer.removeprefix(here.removesuffix("/")))
        if page != HOME and urlsplit(page).path != urlsplit(wanted).path:
            return page
    return page_above(request, urlsplit(wanted).path)


def page_above(request: PanelRequest, path: str) -> str:
    """The nearest address above `path` that this person may open without confirming, else the Overview."""
    if path.startswith("/two-factor/"):
        return reverse("security")
    while len(path := path[: path.rstrip("/").rfind("/") + 1]) > 1:
        access = access_at(path)
        if access and not access.fresh and (access.permission is None or access.permission in request.permissions):
            return path
    return HOME


def access_at(path: str) -> Access | None:
    try:
        return access_of(resolve(path).func)
    except Resolver404:
        return None


def method_of(data: dict[str, Any]) -> str:
    """What was proved beside the password."""
    if data.get("recovery_code"):
        return Method.MFA
    return Method.OTP if data.get("code") else ""


def sentence_at(outcome: Any, data: dict[str, Any]) -> tuple[str, str]:
    """The field that was wrong, and what to say there."""
    if isinstance(outcome, Wrong) and outcome.password:
        return "password", sentences.confirm_password()
    if data.get("recovery_code"):
        return "recovery_code", sentences.recovery_code(outcome)
    return "code", sentences.code(outcome)
