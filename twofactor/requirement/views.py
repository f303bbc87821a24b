"""The pencil at **2FA required:** and the reset, for the account owner alone."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View

from accounts.gate import saved_input
from accounts.gate.access import Access, Audience
from accounts.gate.request import PanelRequest
from accounts.notices import services as notices
from accounts.origin import Origin
from accounts.users import subjects
from twofactor.requirement import services
from twofactor.requirement.forms import RequiredForm

OWNERS_ACT = Access(Audience.CONTRACT, owner_only=True, fresh=True, subject=subjects.member)


class RequiredPage(View):
    access = OWNERS_ACT
    template = "twofactor/required.html"

    def get(self, request: PanelRequest, user_id: int) -> HttpResponse:
        required = "yes" if request.subject.two_factor_required else "no"
        return self.page(request, RequiredForm(initial=saved_input.initial(request, RequiredForm, required=required)))

    def post(self, request: PanelRequest, user_id: int) -> HttpResponse:
        form = RequiredForm(request.POST)
        if not form.is_valid():
            return self.page(request, form)
        required = form.cleaned_data["required"] == "yes"
        changed = services.set_required(
            actor=request.user, target=request.subject, required=required, origin=Origin.from_request(request)
        )
        kind = messages.SUCCESS if changed else messages.INFO
        messages.add_message(request, kind, said(required=required, changed=changed))
        notices.outcome_message(request, request.subject)
        return redirect("user", user_id)

    def page(self, request: PanelRequest, form: RequiredForm) -> HttpResponse:
        return render(request, self.template, {"form": form, "member": request.subject, "section": "users"})


def said(*, required: bool, changed: bool) -> str:
    if not changed:
        return _("Nothing was changed.")
    if required:
        return _("Two-factor authentication is now required for this user account.")
    return _("Two-factor authentication is cleared for this user account.")


class ResetPage(View):
    access = OWNERS_ACT

    def get(self, request: PanelRequest, user_id: int) -> HttpResponse:
        return render(request, "twofactor/reset.html", {"member": request.subject, "section": "users"})

    def post(self, request: PanelRequest, user_id: int) -> HttpResponse:
        if services.reset(actor=request.user, target=request.subject, origin=Origin.from_request(request)):
            messages.success(
                request,
                _(
                    "Two-factor authentication was reset. The user sets it up again at the next login "
                    "if it is required."
                ),
            )
            notices.outcome_message(request, request.subject)
        else:
            messages.info(request, _("Nothing was changed: this user account has no authenticator."))
        return redirect("user", user_id)
