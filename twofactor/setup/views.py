"""The setup in four steps on one page, the recovery codes after it, and the same pages for a new phone.

The key is drawn in the page and shown only here, until it is verified.
"""

import time
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.http import require_safe

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience, Stage, open_to
from accounts.gate.redirects import HOME
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.notices import responses as notices
from accounts.outbox.rows import Mailed
from accounts.throttling.budgets import Wait
from twofactor import qr, setup_browser, totp
from twofactor.factors import account, app, pending_key
from twofactor.factors.pending_key import Setup
from twofactor.keys import demand
from twofactor.keys.new_name import offered_name
from twofactor.keys.relying_party import relying_party
from twofactor.login import arrival, flow, pending_login, sentences
from twofactor.login.pending_login import SETUP_LIFETIME_SECONDS
from twofactor.outcomes import Activated, ClockOff, Elsewhere, SetupOutcome
from twofactor.setup import new_codes, services
from twofactor.setup.forms import SetupForm
from twofactor.setup.new_codes import NewCodes, Why
from twofactor.step_view import StepView

KEY_ENDED = gettext_lazy("This key is no longer valid. Scan the new QR code below.")
DONE: dict[str, str | Promise] = {
    Why.NEW_PHONE: gettext_lazy("The new phone is active. The old one no longer works."),
    Why.APP_ADDED: gettext_lazy("The authenticator app is active."),
    Why.BY_CHOICE: gettext_lazy("Two-factor authentication is active."),
}
"""The message on Security after **Next**, if the setup was started there."""


class SetupPage(StepView):
    access = Access(Audience.STEP, stage=Stage.SETUP, fresh=True)
    template_name = "twofactor/setup.html"
    form_class = SetupForm
    key: Setup

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.request.pending_login and new_codes.shown(self.request):
            return redirect("two_factor_activated")
        if request.GET.get("ended") == "key":
            messages.warning(request, KEY_ENDED)
        user = person_of(self.request)
        self.key = living_setup(self.request, user)
        response = super().get(request, *args, **kwargs)
        if secret := setup_browser.secret_of(request, user) if user.setup_browser else "":
            setup_browser.remember(request, response, user, secret)
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        key = pending_key.load(self.request, person_of(self.request))
        if key is None:
            return no_key_here(self.request)
        self.key = key
        return super().post(request, *args, **kwargs)

    def change(self, form: PlainForm) -> SetupOutcome:
        return services.activation_step(self.request, person_of(self.request), self.key, form.cleaned_data["code"])

    def answer(self, outcome: SetupOutcome, form: PlainForm) -> HttpResponse:
        if isinstance(outcome, Activated):
            return to_the_codes(self.request, person_of(self.request), outcome.mailed)
        if isinstance(outcome, Elsewhere):
            return set_up_elsewhere(self.request)
        if isinstance(outcome, Wait):
            return self.wait(form, outcome)
        if isinstance(outcome, ClockOff):
            pending_key.burn(self.request, outcome.step)
        return self.refuse(form, "code", sentences.code(outcome, form.cleaned_data["code"]), wait=outcome.wait)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        key_demand = demand.pending(self.request.session)
        own = {
            "key_demand": demand.add_one(key_demand) if key_demand else "",
            "new_name": offered_name(self.request, []),
        }
        return super().get_context_data(**own | kwargs) | page_context(person_of(self.request), self.key)


def person_of(request: PanelRequest) -> User:
    """The user who is setting up: of the pending login, or of the session."""
    return cast(User, request.pending_login.user if request.pending_login else request.user)


def living_setup(request: PanelRequest, user: User) -> Setup:
    """The key that this browser already shows, or a new one. A pending login has a key from its start."""
    ends_at = request.pending_login.ends_at if request.pending_login else int(time.time()) + SETUP_LIFETIME_SECONDS
    return pending_key.load(request, user) or pending_key.begin(request, user, ends_at=ends_at)


def page_context(user: User, setup: Setup) -> dict[str, Any]:
    key = setup.key()
    link = totp.otpauth(key, issuer=settings.PANEL_NAME, username=user.username)
    return {
        "account": user.username,
        "required": user.must_use_two_factor,
        "contract": user.contract.name if user.contract else "",
        "required_by": user.contract.owner.name if user.contract else "",
        "new_phone": app.is_active(user),
        "adds_app": user.two_factor_active and not app.is_active(user),
        "usable": relying_party().usable,
        "label": f"{settings.PANEL_NAME}: {user.username}",
        "qr": qr.data_uri(link),
        "otpauth": link,
        "key_groups": totp.groups_of_four(totp.base32(key)),
        "seconds_left": setup.seconds_left,
        "minutes_left": -(-setup.seconds_left // 60),
        "helped": bool(user.setup_browser),
        "cancel_url": "" if account.must_set_up(user) and not user.two_factor_active else reverse("security"),
    }


def to_the_codes(request: PanelRequest, user: User, mailed: Mailed) -> HttpResponse:
    """Redirects to the recovery codes. Runs after the commit, when it is known whether the notice could be mailed."""
    notices.outcome_message(request, mailed)
    response = redirect("two_factor_activated")
    arrival.remember(request, response, user)
    return response


def no_key_here(request: PanelRequest) -> HttpResponse:
    """Answers a form that was sent twice or whose key has expired with a redirect instead of an error."""
    if not request.pending_login and new_codes.shown(request):
        return redirect("two_factor_activated")
    if not request.pending_login and request.user.two_factor_active:
        messages.info(request, _("Two-factor authentication is already active for your account."))
        return redirect(request.session.get(flow.LANDING, HOME))
    messages.warning(request, KEY_ENDED)
    return redirect("two_factor_setup")


def set_up_elsewhere(request: PanelRequest) -> HttpResponse:
    """Answers the second request of a double click. It leaves its own dead session alone, since changing that would
    delete the cookie that the first request has set."""
    spent = request.pending_login and pending_login.is_spent_by_now(request)
    return flow.to_login(pending_login.Reason.CODE_USED if spent else pending_login.Reason.ELSEWHERE)


class ActivatedPage(View):
    access = Access(Audience.ACCOUNT)

    def get(self, request: PanelRequest) -> HttpResponse:
        codes = new_codes.shown(request)
        if codes is None:
            return redirect(request.session.get(flow.LANDING, HOME))
        context = {"codes": codes.codes, "codes_date": codes.made_at, "account": request.user.username}
        return render(request, "twofactor/activated.html", context)

    def post(self, request: PanelRequest) -> HttpResponse:
        codes = new_codes.shown(request)
        if codes and codes.why in DONE:
            messages.success(request, str(DONE[codes.why]))
        new_codes.done(request)
        return redirect(request.session.get(flow.LANDING, HOME))


def sheet(request: PanelRequest, codes: NewCodes) -> dict[str, Any]:
    """The context of the downloaded file."""
    return {
        "panel_name": settings.PANEL_NAME,
        "address": settings.PUBLIC_URL,
        "account": request.user.username,
        "codes": codes.codes,
        "codes_date": codes.made_at,
    }


@open_to(Access(Audience.ACCOUNT))
@require_safe
def download(request: PanelRequest) -> HttpResponse:
    """Downloads the codes as text while they are shown: what they are for, then one code per line. The file name
    contains the username."""
    codes = new_codes.shown(request)
    if codes is None:
        return redirect(request.session.get(flow.LANDING, HOME))
    text = render_to_string("twofactor/recovery_codes.txt", sheet(request, codes), request)
    name = f"{settings.PANEL_NAME} recovery codes {request.user.username} {codes.made_at:%Y-%m-%d}.txt"
    disposition = content_disposition_header(as_attachment=True, filename=get_valid_filename(name))
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Content-Disposition": disposition})
