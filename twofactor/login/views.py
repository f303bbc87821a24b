"""The pages between a stranger and the panel. Each view turns one outcome into one response."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views import View
from django.views.decorators.http import require_POST

from accounts.audit.record import record_event
from accounts.gate.access import Access, Audience, Stage, open_to
from accounts.gate.redirects import HOME, after_login, safe_next
from accounts.gate.request import PanelRequest
from accounts.models import Event, User
from accounts.origin import Origin
from accounts.profile import language
from accounts.throttling.budgets import Wait
from twofactor.factors import app as factor
from twofactor.login import flow, known_browser, pending_login, sentences
from twofactor.login.forms import CodeForm, PasswordForm, RecoveryForm
from twofactor.login.proof import Method
from twofactor.outcomes import Proven, Replay, Wrong
from twofactor.responses import show


class PasswordStep(View):
    access = Access(Audience.STEP, stage=Stage.PASSWORD)
    template = "twofactor/login.html"

    def get(self, request: PanelRequest) -> HttpResponse:
        form = PasswordForm(initial={"next": after_login(request.GET.get("next"))})
        notice = sentences.ENDED.get(request.GET.get("ended", ""), "")
        return show(request, self.template, form, {"notice": notice})

    def post(self, request: PanelRequest) -> HttpResponse:
        form = PasswordForm(request.POST)
        if not form.is_valid():
            return show(request, self.template, form, {})
        data = form.cleaned_data
        outcome = flow.password_step(
            data["username"],
            data["password"],
            origin=Origin.from_request(request),
            known_browsers=known_browser.known_browsers_of(request),
            then=lambda user: flow.advance(request, user, pending_login.begin(user, after_login(data["next"]))),
        )
        if isinstance(outcome, str):
            return led_to(request, outcome)
        if isinstance(outcome, Wait):
            return show(request, self.template, form, {}, outcome)
        form.add_error("password", sentences.wrong_password())
        return show(request, self.template, form, {})


def proceed(request: PanelRequest, user: User, login: pending_login.LoginState) -> HttpResponse:
    """On to the next duty, or into the panel."""
    return led_to(request, flow.advance(request, user, login))


def led_to(request: PanelRequest, address: str) -> HttpResponse:
    """Whoever is signed in by now leaves a mark that makes this browser a known one, and finds their own language."""
    response = redirect(address)
    if isinstance(request.user, User):
        known_browser.remember(request, response, request.user)
        language.follow(request, response, request.user)
    return response


class FactorStep(View):
    """What the code and the recovery page share: the parked log-in they belong to."""

    access = Access(Audience.STEP, stage=Stage.CODE)
    template = ""
    field = ""

    def context(self, request: PanelRequest) -> dict[str, Any]:
        user = request.pending_login.user
        return {"account": user.username, "two_factor_required": user.must_use_two_factor}

    def refuse(self, request: PanelRequest, form: Any, outcome: Any, sentence: str) -> HttpResponse:
        """The page again, or `/login/` after the tenth wrong code in a row."""
        if isinstance(outcome, Wrong) and outcome.ended:
            request.session.flush()
            return flow.to_login(pending_login.Reason.TOO_MANY)
        form.add_error(self.field, sentence)
        return show(request, self.template, form, self.context(request))


class CodeStep(FactorStep):
    template = "twofactor/login_code.html"
    field = "code"

    def get(self, request: PanelRequest) -> HttpResponse:
        return show(request, self.template, CodeForm(), self.context(request))

    def post(self, request: PanelRequest) -> HttpResponse:
        form, waiting = CodeForm(request.POST), request.pending_login
        if not form.is_valid():
            return show(request, self.template, form, self.context(request))
        known_browsers = known_browser.known_browsers_of(request)
        outcome = flow.code_step(
            waiting.user, form.cleaned_data["code"], origin=Origin.from_request(request), known_browsers=known_browsers
        )
        if isinstance(outcome, Proven):
            return proceed(request, waiting.user, proved_by_device(waiting, Method.OTP))
        if isinstance(outcome, Wait):
            return show(request, self.template, form, self.context(request), outcome)
        if isinstance(outcome, Replay) and pending_login.is_spent_by_now(request):
            return flow.to_login(pending_login.Reason.CODE_USED)
        return self.refuse(request, form, outcome, sentences.code(outcome))


class RecoveryStep(FactorStep):
    template = "twofactor/login_recovery.html"
    field = "recovery_code"

    def get(self, request: PanelRequest) -> HttpResponse:
        return show(request, self.template, RecoveryForm(), self.context(request))

    def post(self, request: PanelRequest) -> HttpResponse:
        form, waiting = RecoveryForm(request.POST), request.pending_login
        if not form.is_valid():
            return show(request, self.template, form, self.context(request))
        disable = request.POST.getlist("action") == ["disable"]
        outcome = flow.recovery_step(
            waiting.user,
            form.cleaned_data["recovery_code"],
            disable=disable,
            origin=Origin.from_request(request),
            known_browsers=known_browser.known_browsers_of(request),
        )
        if isinstance(outcome, Proven):
            if disable:
                return go_on_without_factor(request)
            return proceed(request, waiting.user, proved_by_device(waiting, Method.MFA))
        if isinstance(outcome, Wait):
            return show(request, self.template, form, self.context(request), outcome)
        return self.refuse(request, form, outcome, sentences.recovery_code(outcome))


def proved_by_device(waiting: pending_login.PendingLogin, by: str) -> pending_login.LoginState:
    """The code, or the recovery code that stands in for it, was right."""
    device = factor.authenticator_of(waiting.user)
    device_id = device.persistent_id if device else None
    return pending_login.proved(waiting.login, waiting.user, device_id=device_id, by=by)


def go_on_without_factor(request: PanelRequest) -> HttpResponse:
    """The factor is gone: the log-in goes on under the stamp which that step wrote."""
    waiting = request.pending_login
    cleared = pending_login.read_user(waiting.user.pk)
    if cleared is None or cleared.stamp != waiting.user.stamp + 1:
        return flow.to_login(pending_login.Reason.CHANGED)
    login = pending_login.proved(waiting.login, cleared, device_id=None, by=Method.MFA)
    return proceed(request, cleared, login)


@open_to(Access(Audience.OPEN))
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """Ends the session on the server, whatever state it is in. `next`: a page of the panel to go on to."""
    if isinstance(request.user, User):
        with transaction.atomic():
            record_event(Event.SIGN_OUT, origin=Origin.from_request(request), actor=request.user, target=request.user)
    request.session.flush()
    next_address = safe_next(request.POST.get("next"))
    return redirect("login" if next_address == HOME else next_address)
