"""`/profile/security/`: sessions, recent logins, and changes of one's own factor."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from accounts.forms import PlainForm
from accounts.gate import parts
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.change_view import ChangeView
from accounts.gate.request import PanelRequest
from accounts.lists.responses import LIST
from accounts.notices import responses as notices
from accounts.origin import Origin
from accounts.outbox.rows import Mailed
from accounts.sessions import services as sessions
from accounts.sessions.responses import keeping_place, listing_of
from twofactor.factors import app, recovery_codes
from twofactor.login import flow
from twofactor.security import services
from twofactor.security.queries import recent_attempts
from twofactor.setup import new_codes
from twofactor.setup.services import make_new_codes


class SecurityPage(TemplateView):
    access = Access(Audience.ACCOUNT)
    in_parts = True
    template_name = "twofactor/security.html"
    request: PanelRequest

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        context = self.sessions_context()
        if parts.asked(request) == LIST:
            return parts.render_part(request, "accounts/sessions/list.html", context)
        return self.render_to_response(self.get_context_data(**context))

    def sessions_context(self) -> dict[str, Any]:
        user, current = self.request.user, self.request.session.session_key
        listing = listing_of(self.request, user, url=reverse("security"), current=current)
        return {"listing": listing, "end_url": keeping_place(self.request, reverse("session_end"))}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        context = {
            "has_app": app.is_active(user),
            "codes_left": recovery_codes.left(user),
            "codes_date": recovery_codes.set_date(user),
            "attempts": recent_attempts(user),
        }
        return super().get_context_data(**context | kwargs)


@open_to(Access(Audience.ACCOUNT))
@require_POST
def end_session(request: PanelRequest) -> HttpResponse:
    """Ends the session that the field `session` refers to."""
    reference, origin = request.POST.get("session", ""), Origin.from_request(request)
    if sessions.end_one(request.user, reference, actor=request.user, origin=origin):
        messages.success(request, _("The session was ended."))
    else:
        messages.info(request, _("This session had already ended."))
    return redirect(keeping_place(request, reverse("security")))


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
    """It has no code field: the person has just confirmed at `/confirm/`."""

    access = Access(Audience.ACCOUNT, own_choice=True, fresh=True)
    template_name = "twofactor/disable.html"
    success_url = reverse_lazy("security")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Redirects people without 2FA, who have nothing to disable."""
        active = self.request.user.two_factor_active
        return super().dispatch(request, *args, **kwargs) if active else redirect("security")

    def change(self, form: PlainForm) -> Mailed | None:
        return services.disable(self.request.user, origin=self.origin, session=self.request.session)

    def answer(self, outcome: Mailed | None, form: PlainForm) -> HttpResponse:
        if outcome:
            messages.success(self.request, _("Two-factor authentication was disabled for your account."))
            notices.outcome_message(self.request, outcome)
        return redirect("security")


class NewCodesPage(ChangeView):
    access = Access(Audience.ACCOUNT, fresh=True)
    template_name = "twofactor/recovery_codes.html"
    success_url = reverse_lazy("security")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Redirects people without 2FA, who have no recovery codes."""
        active = self.request.user.two_factor_active
        return super().dispatch(request, *args, **kwargs) if active else redirect("security")

    def change(self, form: PlainForm) -> tuple[list[str], Mailed]:
        return make_new_codes(self.request.user, origin=self.origin, session=self.request.session)

    def answer(self, outcome: tuple[list[str], Mailed], form: PlainForm) -> HttpResponse:
        codes, mailed = outcome
        self.request.session[flow.LANDING] = reverse("security")
        new_codes.keep(self.request, self.request.user, codes, why=new_codes.Why.NEW_SET)
        notices.outcome_message(self.request, mailed)
        return redirect("two_factor_activated")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        left = recovery_codes.left(self.request.user)
        return super().get_context_data(codes_left=left, **kwargs)
