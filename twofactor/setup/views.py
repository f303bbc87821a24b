"""Setup in four steps on one page, the ten codes after it, and a new phone by the same pages.

The key is drawn into the page itself and shown only here, only until it is proved.
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
from accounts.notices import services as notices
from accounts.profile import language
from accounts.throttling.budgets import Wait
from twofactor import qr, totp
from twofactor.factors import pending_key
from twofactor.factors.pending_key import Setup
from twofactor.keys.relying_party import relying_party
from twofactor.login import flow, known_browser, pending_login, sentences
from twofactor.login.pending_login import SETUP_LIFETIME_SECONDS
from twofactor.outcomes import Activated, ClockOff, Elsewhere, SetupOutcome
from twofactor.setup import new_codes, services
from twofactor.setup.forms import SetupForm
from twofactor.setup.new_codes import NewCodes, Why
from twofactor.step_view import StepView

DONE: dict[str, str | Promise] = {
    Why.NEW_PHONE: gettext_lazy("The new phone is active. The old one no longer works."),
    Why.BY_CHOICE: gettext_lazy("Two-factor authentication is active."),
}
"""What Security says after **Next**, where the setup was begun from there."""


class SetupPage(StepView):
    access = Access(Audience.STEP, stage=Stage.SETUP, fresh=True)
    template_name = "twofactor/setup.html"
    form_class = SetupForm
    key: Setup

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not self.request.pending_login and new_codes.shown(self.request):
            return redirect("two_factor_activated")
        if request.GET.get("ended") == "key":
            messages.warning(request, _("This key is no longer valid. Scan the new QR code below."))
        self.key = living_setup(self.request, person_of(self.request))
        return super().get(request, *args, **kwargs)

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
            return to_the_codes(self.request, person_of(self.request))
        if isinstance(outcome, Elsewhere):
            return set_up_elsewhere(self.request)
        if isinstance(outcome, Wait):
            return self.wait(form, outcome)
        if isinstance(outcome, ClockOff):
            pending_key.burn(self.request, outcome.step)
        return self.refuse(form, "code", sentences.code(outcome))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | page_context(person_of(self.request), self.key)


def person_of(request: PanelRequest) -> User:
    """Whose setup it is: of the pending login, else of the session."""
    return cast(User, request.pending_login.user if request.pending_login else request.user)


def living_setup(request: PanelRequest, user: User) -> Setup:
    """The key that this browser shows already, or a new one. A pending login has one from its beginning."""
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
        "new_phone": user.two_factor_active,
        "usable": relying_party().usable,
        "label": f"{settings.PANEL_NAME}: {user.username}",
        "qr": qr.data_uri(link),
        "otpauth": link,
        "key_groups": totp.groups_of_four(totp.base32(key)),
        "seconds_left": setup.seconds_left,
        "minutes_left": -(-setup.seconds_left // 60),
        "cancel_url": "" if user.must_use_two_factor and not user.two_factor_active else reverse("security"),
    }


def to_the_codes(request: PanelRequest, user: User) -> HttpResponse:
    """By now both are committed, and it is known whether the notice could be mailed."""
    notices.outcome_message(request, user)
    response = redirect("two_factor_activated")
    known_browser.remember(request, response, user)
    language.follow(request, response, user)
    return response


def no_key_here(request: PanelRequest) -> HttpResponse:
    """The form was sent a second time, or its key has ended: never an error, always a page to go on from."""
    if request.pending_login:
        messages.warning(request, _("This key is no longer valid. Scan the new QR code below."))
        return redirect("two_factor_setup")
    if new_codes.shown(request):
        return redirect("two_factor_activated")
    if request.user.two_factor_active:
        messages.info(request, _("Two-factor authentication is already active for your account."))
        return redirect(request.session.get(flow.LANDING, HOME))
    messages.warning(request, _("This key is no longer valid. Scan the new QR code below."))
    return redirect("two_factor_setup")


def set_up_elsewhere(request: PanelRequest) -> HttpResponse:
    """The loser of a double click must not take the winner's cookie away, so its own dead session is left alone."""
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
    """What the downloaded file says."""
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
    """The codes as text, while they are shown: what they are for, then one a line. The file's name says whose."""
    codes = new_codes.shown(request)
    if codes is None:
        return redirect(request.session.get(flow.LANDING, HOME))
    text = render_to_string("twofactor/recovery_codes.txt", sheet(request, codes), request)
    name = f"{settings.PANEL_NAME} recovery codes {request.user.username} {codes.made_at:%Y-%m-%d}.txt"
    disposition = content_disposition_header(as_attachment=True, filename=get_valid_filename(name))
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Content-Disposition": disposition})
