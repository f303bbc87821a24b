"""The pages of the login. Each view turns one outcome into one response."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience, Stage, open_to
from accounts.gate.redirects import HOME, after_login, safe_next
from accounts.gate.request import PanelRequest
from accounts.models import Event, User
from accounts.throttling.budgets import Wait
from twofactor.factors import account, app, recovery_codes
from twofactor.factors.security_keys import offered
from twofactor.keys.relying_party import relying_party
from twofactor.login import arrival, flow, known_browser, logout, pending_login, sentences, username_hint
from twofactor.login.forms import CodeForm, PasswordForm, RecoveryForm
from twofactor.login.proof import Method
from twofactor.outcomes import FactorOutcome, Late, Onward, Proven, Replay, Unreadable, Wrong
from twofactor.step_view import StepView


class PasswordStep(StepView):
    access = Access(Audience.STEP, stage=Stage.PASSWORD)
    template_name = "twofactor/login.html"
    form_class = PasswordForm

    def stored(self) -> dict[str, Any]:
        return {"next": after_login(self.request.GET.get("next")), "username": username_hint.read(self.request.GET)}

    def change(self, form: PlainForm) -> Onward | Wrong | Wait:
        data = form.cleaned_data
        next_address = after_login(data["next"] or self.request.GET.get("next"))
        return flow.password_step(self.request, data["username"], data["password"], next_address=next_address)

    def answer(self, outcome: Onward | Wrong | Wait, form: PlainForm) -> HttpResponse:
        if isinstance(outcome, Onward):
            return led_to(self.request, outcome.address)
        if isinstance(outcome, Wait):
            return self.wait(form, outcome)
        return self.refuse(form, "password", sentences.wrong_password(), wait=outcome.wait)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        reason = "" if self.request.method == "POST" else self.request.GET.get("ended", "")
        own = {"notice": sentences.ENDED.get(reason, ""), "keys_usable": relying_party().usable}
        return super().get_context_data(**own | kwargs)


def proceed(request: PanelRequest, user: User, login: pending_login.LoginState) -> HttpResponse:
    """Redirects to the next stage, or into the panel after the last one."""
    return led_to(request, flow.advance(request, user, login))


def led_to(request: PanelRequest, address: str) -> HttpResponse:
    """Redirects; the browser remembers a login that is complete."""
    response = redirect(address)
    if isinstance(request.user, User):
        arrival.remember(request, response, request.user)
    return response


class FactorStep(StepView):
    """Shared by the pages for codes and recovery codes of a pending login."""

    access = Access(Audience.STEP, stage=Stage.CODE)
    method: Method

    def prove(self, check: flow.Check) -> FactorOutcome:
        """One attempt on the second factor of this login."""
        known_browsers = known_browser.known_browsers_of(self.request)
        user = self.request.pending_login.user
        return flow.second_factor(user, check, Event.SIGN_IN_CODE, origin=self.origin, known_browsers=known_browsers)

    def answer(self, outcome: FactorOutcome, form: PlainForm) -> HttpResponse:
        """Continues the login, shows the page again, or goes to `/login/` after ten wrong codes in a row."""
        if isinstance(outcome, Proven):
            return self.proven()
        if isinstance(outcome, Wait):
            return self.wait(form, outcome)
        if pending_login.is_over_by_now(self.request):
            return redirect(self.request.path)  # there the gate leads to the step that is left, or says why none is
        if isinstance(outcome, Wrong) and outcome.ended:
            self.request.session.flush()
            return flow.to_login(pending_login.Reason.TOO_MANY)
        wait = outcome.wait if isinstance(outcome, Wrong) else None
        return self.refuse(form, *self.sentence(outcome, form.cleaned_data), wait=wait)

    def proven(self) -> HttpResponse:
        """Called after a correct code or recovery code."""
        waiting = self.request.pending_login
        device_id = account.stand_in(waiting.user)
        proved = pending_login.proved(waiting.login, waiting.user, device_id=device_id, by=self.method)
        return proceed(self.request, waiting.user, proved)

    def sentence(self, outcome: Wrong | Replay | Unreadable | Late, data: dict[str, Any]) -> tuple[str, str]:
        """The field with the error, and the message."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.pending_login.user
        own = {"account": user.username, "two_factor_required": user.must_use_two_factor, **offered(user)}
        return super().get_context_data(**own | kwargs)


class CodeStep(FactorStep):
    template_name = "twofactor/login_code.html"
    form_class = CodeForm
    method = Method.OTP

    def change(self, form: PlainForm) -> FactorOutcome:
        user, code = self.request.pending_login.user, form.cleaned_data["code"]
        return self.prove(lambda: app.check(user, code))

    def sentence(self, outcome: Wrong | Replay | Unreadable | Late, data: dict[str, Any]) -> tuple[str, str]:
        return "code", sentences.code(outcome, data["code"])


class RecoveryStep(FactorStep):
    template_name = "twofactor/login_recovery.html"
    form_class = RecoveryForm
    method = Method.MFA

    @property
    def disables(self) -> bool:
        """Whether this code shall also remove the authenticator and the other codes."""
        return self.request.POST.getlist("action") == ["disable"]

    def change(self, form: PlainForm) -> FactorOutcome:
        user, code = self.request.pending_login.user, form.cleaned_data["recovery_code"]
        spend = flow.disable_by_recovery_code if self.disables else flow.spend_recovery_code
        return self.prove(lambda: spend(user, code, self.origin))

    def proven(self) -> HttpResponse:
        """If the factors were removed, the login continues under the stamp that this step has written."""
        if not self.disables:
            response = super().proven()
            self.tell_the_codes_left()
            return response
        waiting = self.request.pending_login
        cleared = pending_login.read_user(waiting.user.pk)
        if cleared is None or cleared.stamp != waiting.user.stamp + 1:
            return flow.to_login(pending_login.Reason.CHANGED)
        proved = pending_login.proved(waiting.login, cleared, device_id=None, by=self.method)
        return proceed(self.request, cleared, proved)

    def tell_the_codes_left(self) -> None:
        """After the login, shows how many codes are left and what to do if the phone is lost."""
        if isinstance(self.request.user, User):
            left = recovery_codes.left(self.request.user)
            messages.info(self.request, sentences.codes_left(left))

    def sentence(self, outcome: Wrong | Replay | Unreadable | Late, data: dict[str, Any]) -> tuple[str, str]:
        return "recovery_code", sentences.recovery_code(outcome)


@open_to(Access(Audience.OPEN))
@require_http_methods(["GET", "HEAD", "POST"])
def log_out(request: PanelRequest) -> HttpResponse:
    """Asks somebody who is logged in; POST ends the session. Applications link here, so GET ends nothing."""
    if request.method != "POST":
        return render(request, "twofactor/log_out.html") if request.user.is_authenticated else redirect("login")
    return _end_session(request)


def _end_session(request: PanelRequest) -> HttpResponse:
    """Ends the session on the server, whatever its state. The parameter `next` names the page of the panel to continue
    to."""
    was_in = request.user.is_authenticated or request.pending_login
    logout.log_out(request)
    if was_in:
        messages.success(request, _("You have logged out."))
    next_address = safe_next(request.POST.get("next"))
    return redirect("login" if next_address == HOME else next_address)
