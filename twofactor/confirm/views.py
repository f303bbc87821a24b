"""`/confirm/`: confirms a person's identity, then redirects by GET to the page that asked for it."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import cached_property

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience, Stage, access_of
from accounts.gate.redirects import HOME, after_login, safe_next
from accounts.gate.request import PanelRequest
from accounts.throttling.budgets import Wait
from twofactor.confirm import sentences
from twofactor.confirm.forms import ConfirmForm
from twofactor.confirm.services import confirm_step
from twofactor.factors import account
from twofactor.factors.security_keys import offered
from twofactor.keys import demand
from twofactor.login import freshness, known_browser, proof
from twofactor.login.proof import Method
from twofactor.outcomes import FactorOutcome, Proven, Wrong
from twofactor.step_view import StepView


class ConfirmPage(StepView):
    access = Access(Audience.STEP, stage=Stage.CONFIRM)
    template_name = "twofactor/confirm.html"
    form_class = ConfirmForm

    def stored(self) -> dict[str, Any]:
        return {"next": safe_next(self.request.GET.get("next")), "back": self.cancel_url()}

    def get_form_kwargs(self) -> dict[str, Any]:
        user = self.request.user
        own = {"active": account.is_active(user), "app": not self.keys["keys_alone"], "by_key": bool(self.key_demand)}
        return super().get_form_kwargs() | own

    @cached_property
    def wanted(self) -> str:
        """The page that asked for the confirmation."""
        return safe_next(self.request.POST.get("next") or self.request.GET.get("next"))

    @cached_property
    def keys(self) -> dict[str, bool]:
        return offered(self.request.user)

    @cached_property
    def key_demand(self) -> demand.KeyDemand | None:
        """The application that only accepts a key, if this page leads to it."""
        return demand.pending(self.request.session, address=self.wanted)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """If only a key is accepted, shows the page again, which says so."""
        return self.form_invalid(self.get_form()) if self.key_demand else super().post(request, *args, **kwargs)

    def change(self, form: PlainForm) -> FactorOutcome:
        data = form.cleaned_data
        return confirm_step(
            self.request.user,
            password=data["password"],
            code=data.get("code", ""),
            recovery_code=data.get("recovery_code", ""),
            origin=self.origin,
            known_browsers=known_browser.known_browsers_of(self.request),
        )

    def answer(self, outcome: FactorOutcome, form: PlainForm) -> HttpResponse:
        if isinstance(outcome, Proven):
            freshness.confirm_now(self.request)
            proof.add(self.request.session, Method.MEMORIZED, method_of(form.cleaned_data))
            return redirect(self.wanted)
        if isinstance(outcome, Wait):
            return self.wait(form, outcome)
        wait = outcome.wait if isinstance(outcome, Wrong) else None
        return self.refuse(form, *sentences.refusal(self.request.user, outcome, form.cleaned_data), wait=wait)

    def cancel_url(self) -> str:
        if self.request.method == "POST":
            return safe_next(self.request.POST.get("back"))
        return came_from(self.request, safe_next(self.request.GET.get("next")))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        only_key = demand.use_one(self.key_demand) if self.key_demand else ""
        user = self.request.user
        minutes = freshness.FRESH_SECONDS // 60
        own = {"account": user.username, "only_key": only_key, "minutes": minutes}
        context = super().get_context_data(**own | self.keys | kwargs)
        context["lasts"] = lasts(safe_next(context["form"]["next"].value()))
        blocked = bool(user.password_revoked_at)
        ways = sentences.ways(context["form"].fields, by_key=self.keys["has_keys"], blocked=blocked)
        by_key_alone = bool(only_key) or (blocked and self.keys["has_keys"])
        return context | {"ways": ways, "blocked": blocked, "by_key_alone": by_key_alone}


def lasts(wanted: str) -> bool:
    """Whether people aren't asked again for five minutes. An application may want a confirmation sooner."""
    access = access_at(urlsplit(wanted).path)
    return wanted == HOME or bool(access and access.fresh)


def came_from(request: PanelRequest, wanted: str) -> str:
    """Where **Cancel** leads: to the page with the pencil or button that was pressed, or else to the one above
    `wanted`.

    Browsers keep the Referer across the redirect to this page. A form that was posted after its five minutes would only
    lead here again.
    """
    here, referrer = request.build_absolute_uri("/"), request.headers.get("Referer", "")
    if referrer.startswith(here):
        page = after_login(referrer.removeprefix(here.removesuffix("/")))
        if page != HOME and urlsplit(page).path != urlsplit(wanted).path:
            return page
    return page_above(request, urlsplit(wanted).path)


def page_above(request: PanelRequest, path: str) -> str:
    """The nearest address above `path` that this person may open without confirming, or else the Overview."""
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
    """What was verified besides the password."""
    if data.get("recovery_code"):
        return Method.MFA
    return Method.OTP if data.get("code") else ""
