"""Set-up in four steps on one page, the ten codes after it, and a new phone by the same pages.

The rule: the key is drawn into the page itself and shown only here, only until it is proved.
"""

import time
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_safe

from accounts.gate.access import Access, Audience, Stage, open_to
from accounts.gate.redirects import HOME
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.notices import services as notices
from accounts.origin import Origin
from accounts.profile import language
from accounts.throttling.budgets import Wait
from twofactor import qr, totp
from twofactor.factors import app as factor
from twofactor.factors import pending_key
from twofactor.factors.pending_key import Setup
from twofactor.login import flow, freshness, known_browser, pending_login, proof, sentences
from twofactor.login.pending_login import SETUP_LIFETIME_SECONDS
from twofactor.login.proof import Method
from twofactor.outcomes import Activated, ClockOff, Elsewhere
from twofactor.responses import show
from twofactor.setup import new_codes, services
from twofactor.setup.forms import SetupForm


class SetupPage(View):
    access = Access(Audience.STEP, stage=Stage.SETUP, fresh=True)
    template = "twofactor/setup.html"

    def get(self, request: PanelRequest) -> HttpResponse:
        if not request.pending_login and new_codes.shown(request):
            return redirect("two_factor_activated")
        if request.GET.get("ended") == "key":
            messages.warning(request, _("This key is no longer valid. Scan the new QR code below."))
        user = person_of(request)
        return show(request, self.template, SetupForm(), page_context(user, living_setup(request, user)))

    def post(self, request: PanelRequest) -> HttpResponse:
        user = person_of(request)
        setup = pending_key.load(request, user)
        if setup is None:
            return no_key_here(request)
        form = SetupForm(request.POST)
        if not form.is_valid():
            return show(request, self.template, form, page_context(user, setup))
        outcome = services.activation_step(
            user,
            setup,
            form.cleaned_data["code"],
            origin=Origin.from_request(request),
            session_key=request.session.session_key,
            begun=request.pending_login.login.begun if request.pending_login else None,
            then=lambda activated: go_on(request, user, activated),
        )
        if isinstance(outcome, Activated):
            return to_the_codes(request, user)
        if isinstance(outcome, Elsewhere):
            return set_up_elsewhere(request)
        if isinstance(outcome, Wait):
            return show(request, self.template, form, page_context(user, setup), outcome)
        if isinstance(outcome, ClockOff):
            pending_key.burn(request, outcome.step)
        form.add_error("code", sentences.code(outcome))
        return show(request, self.template, form, page_context(user, setup))


def person_of(request: PanelRequest) -> User:
    """Whose set-up it is: of the parked log-in, else of the session."""
    return cast(User, request.pending_login.user if request.pending_login else request.user)


def living_setup(request: PanelRequest, user: User) -> Setup:
    """The key that this browser shows already, or a new one. A parked log-in has one from its beginning."""
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
        "label": f"{settings.PANEL_NAME}: {user.username}",
        "qr": qr.data_uri(link),
        "otpauth": link,
        "key_groups": totp.groups_of_four(totp.base32(key)),
        "valid_until": setup.valid_until,
        "cancel_url": "" if user.must_use_two_factor and not user.two_factor_active else reverse("security"),
    }


def go_on(request: PanelRequest, user: User, activated: Activated) -> None:
    """Signs in (or goes on) as verified under a new session id, with the codes waiting for **Next**."""
    pending_key.drop(request)
    new_codes.keep(request, user, activated.codes)
    if request.pending_login:
        device_id = factor.authenticator_of(user).persistent_id  # type: ignore[union-attr]
        login_state = pending_login.proved(request.pending_login.login, user, device_id=device_id, by=Method.OTP)
        flow.sign_in(request, user, login_state, notice_waits=activated.notice_waits)
    else:
        known_browser.mark(request, user)
        freshness.extend_confirmation(request)
        proof.add(request.session, Method.OTP)
        flow.renew(request, user)


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
        new_codes.done(request)
        return redirect(request.session.get(flow.LANDING, HOME))


@open_to(Access(Audience.ACCOUNT))
@require_safe
def download(request: PanelRequest) -> HttpResponse:
    """The codes as text, one a line, while they are shown; the file's name says which panel's, whose and of when."""
    codes = new_codes.shown(request)
    if codes is None:
        return redirect(request.session.get(flow.LANDING, HOME))
    text = "\n".join(codes.codes) + "\n"
    name = f"{settings.PANEL_NAME} recovery codes {request.user.username} {codes.made_at:%Y-%m-%d}.txt"
    disposition = content_disposition_header(as_attachment=True, filename=get_valid_filename(name))
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Content-Disposition": disposition})
