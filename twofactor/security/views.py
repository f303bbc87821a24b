"""`/profile/security/` and what can be done there to one's own factor."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View
from django.views.decorators.http import require_POST

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.change_view import ChangeView
from accounts.gate.request import PanelRequest
from accounts.notices import services as notices
from accounts.origin import Origin
from accounts.sessions import services as sessions
from twofactor.factors import recovery_codes
from twofactor.login import flow
from twofactor.security import services
from twofactor.security.queries import recent_sign_ins
from twofactor.setup import new_codes
from twofactor.setup.services import make_new_codes


class SecurityPage(View):
    access = Access(Audience.ACCOUNT)

    def get(self, request: PanelRequest) -> HttpResponse:
        user = request.user
        context = {
            "section": "profile",
            "codes_left": recovery_codes.left(user),
            "codes_date": recovery_codes.set_date(user),
            "sessions": sessions.shown(user, current=request.session.session_key),
            "sign_ins": recent_sign_ins(user),
        }
        return render(request, "twofactor/security.html", context)


@open_to(Access(Audience.ACCOUNT))
@require_POST
def end_session(request: PanelRequest) -> HttpResponse:
    """Field `session`: the reference of one session."""
    if sessions.end_one(request.user, request.POST.get("session", ""), origin=Origin.from_request(request)):
        messages.success(request, _("The session was ended."))
    else:
        messages.info(request, _("This session had already ended."))
    return redirect("security")


@open_to(Access(Audience.ACCOUNT))
@require_POST
def end_other_sessions(request: PanelRequest) -> HttpResponse:
    ended = sessions.end_by(
        request.user, request.user, origin=Origin.from_request(request), but=request.session.session_key
    )
    if ended:
        said = ngettext("%(n)d session was ended.", "%(n)d sessions were ended.", ended) % {"n": ended}
        messages.success(request, said)
    else:
        messages.info(request, _("Nothing was changed: there were no sessions."))
    return redirect("security")


class DisablePage(ChangeView):
    """No code field here: the code was asked at `/confirm/`."""

    access = Access(Audience.ACCOUNT, own_choice=True, fresh=True)
    template_name = "twofactor/disable.html"
    success_url = reverse_lazy("security")

    def change(self, form: PlainForm) -> bool:
        return services.disable(self.request.user, origin=self.origin, session=self.request.session)

    def answer(self, outcome: bool, form: PlainForm) -> HttpResponse:
        if outcome:
            messages.success(self.request, _("Two-factor authentication was disabled for your account."))
            notices.outcome_message(self.request, self.request.user)
        return redirect("security")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(section="profile", **kwargs)


class NewCodesPage(ChangeView):
    access = Access(Audience.ACCOUNT, fresh=True)
    template_name = "twofactor/recovery_codes.html"
    success_url = reverse_lazy("security")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Without an authenticator there are no codes."""
        active = self.request.user.two_factor_active
        return super().dispatch(request, *args, **kwargs) if active else redirect("security")

    def change(self, form: PlainForm) -> list[str]:
        return make_new_codes(self.request.user, origin=self.origin, session=self.request.session)

    def answer(self, outcome: list[str], form: PlainForm) -> HttpResponse:
        self.request.session[flow.LANDING] = reverse("security")
        new_codes.keep(self.request, self.request.user, outcome, why=new_codes.Why.NEW_SET)
        notices.outcome_message(self.request, self.request.user)
        return redirect("two_factor_activated")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        left = recovery_codes.left(self.request.user)
        return super().get_context_data(section="profile", codes_left=left, **kwargs)
