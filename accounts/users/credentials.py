"""The two pencils at what a user gets in by: the e-mail and the password, or an invitation to choose one.

The rule: whoever changes either proves first who they are, and changes it only for users whose rights they have too.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from accounts.forms import PlainForm
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.origin import Origin
from accounts.reset.responses import say_email, say_invited
from accounts.reset.services import invite, request_email
from accounts.users import forms, rules, services
from accounts.users.changes import MemberForm, access_to
from accounts.users.responses import redraw_with_suggestion


class UserEmail(MemberForm):
    """What there is to say depends on whether the address counts at once or waits to be confirmed."""

    access = access_to(rules.EMAIL, fresh=True)
    form_class = forms.EmailForm
    heading = gettext_lazy("Change the email of %(username)s")
    mailed = gettext_lazy(
        "We send a link to the new address. The change takes effect when it is opened and confirmed; then "
        "all sessions of %(username)s end. Leave the field empty to remove the address now."
    )
    not_mailed = gettext_lazy(
        "This panel can't send email, so the new address can't be confirmed and takes effect immediately. "
        "All sessions of %(username)s end."
    )

    def explanation(self) -> str | Promise:
        return self.mailed if settings.MAIL_ENABLED else self.not_mailed

    def post(self, request: PanelRequest, user_id: int) -> HttpResponse:
        form = self.form(request, request.POST)
        if not form.is_valid():
            return self.invalid(request, form)
        email, member = form.cleaned_data["email"], request.subject
        say_email(
            request,
            member,
            request_email(actor=request.user, target=member, email=email, origin=Origin.from_request(request)),
        )
        return redirect(self.leads_to(request))


@method_decorator(sensitive_post_parameters("password1", "password2"), name="dispatch")
class UserPassword(MemberForm):
    access = access_to(rules.PASSWORD, fresh=True)
    template = "accounts/users/password.html"
    form_class = forms.PasswordForm
    heading = gettext_lazy("Set a new password for %(username)s")
    text = gettext_lazy("All sessions of %(username)s end. Two-factor authentication doesn't change.")
    done = gettext_lazy("The password of %(username)s was changed and all sessions have ended.")

    def post(self, request: PanelRequest, user_id: int) -> HttpResponse:
        if "suggest" in request.POST:
            return self.page(request, redraw_with_suggestion(self.form, request))
        if request.POST.get("invite"):
            return self.invite(request)
        return super().post(request, user_id)

    def invite(self, request: PanelRequest) -> HttpResponse:
        member = request.subject
        if member.is_active:
            say_invited(
                request, member, invited=invite(actor=request.user, target=member, origin=Origin.from_request(request))
            )
        else:
            messages.error(request, _("A deactivated user can't be invited. Activate the user first."))
        return redirect(self.leads_to(request))

    def initial(self, member: User) -> dict[str, Any]:
        return {}

    def form(self, request: PanelRequest, *args: Any, **kwargs: Any) -> forms.PasswordForm:
        return forms.PasswordForm(*args, target=request.subject, **kwargs)

    def act(self, request: PanelRequest, form: PlainForm) -> bool:
        return services.set_password(
            actor=request.user,
            target=request.subject,
            origin=Origin.from_request(request),
            password=form.cleaned_data["password1"],
            must_change_password=form.cleaned_data["must_change_password"],
        )
