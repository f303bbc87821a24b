"""The pages that change a user's email, and a user's password or invitation.

Both need a fresh confirmation, and work only on users whose permissions the viewer has, too.
"""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from accounts.forms import PlainForm
from accounts.gate.change_view import FieldErrors, PasswordView
from accounts.models import User
from accounts.outbox.rows import Mailed
from accounts.reset.email_view import EmailView
from accounts.reset.links import INVITATION_HOURS
from accounts.reset.responses import say_invited
from accounts.reset.services import EmailChange, NotActive, invite, request_email
from accounts.texts import Text
from accounts.users import authority, forms, invitations, rows, rules, services, subjects
from accounts.users.changes import ChangeUser, access_to
from accounts.users.invitations import NO_EMAIL
from accounts.users.responses import query_of
from accounts.users.user_access import access_of_viewer


class UserEmail(EmailView, ChangeUser):
    access = access_to(rules.EMAIL, fresh=True)
    form_class = forms.UserEmailForm
    heading = gettext_lazy("Change the email of %(username)s")
    mailed = gettext_lazy(
        "We send a link to the new address. The change takes effect when it is opened and confirmed; then "
        "all sessions of %(username)s end. Leave the field empty to remove the address now."
    )
    not_mailed = gettext_lazy(
        "This panel can't send email, so the new address can't be confirmed and takes effect immediately. "
        "All sessions of %(username)s end."
    )
    field_errors: ClassVar[FieldErrors] = {NotActive: ("email", rows.NOT_CONFIRMABLE)}

    def holder(self) -> User:
        user: User = self.request.subject
        return user

    def change(self, form: PlainForm) -> EmailChange | None:
        return request_email(**self.target(), email=form.cleaned_data["email"])


@method_decorator(sensitive_post_parameters("password1", "password2"), name="dispatch")
class UserPassword(PasswordView, ChangeUser):
    access = access_to(rules.PASSWORD, fresh=True)
    template_name = "accounts/users/password.html"
    form_class = forms.UserPasswordForm
    heading = gettext_lazy("Set a new password for %(username)s")
    text = gettext_lazy("All sessions of %(username)s end. Two-factor authentication doesn't change.")
    done = gettext_lazy("The password of %(username)s was changed and all sessions have ended.")
    invitation = gettext_lazy("Send %(username)s a new invitation?")
    blocked = gettext_lazy(
        "This password is blocked because it may be compromised. Only the account owner can set a new one. With an "
        "invitation, %(username)s can choose one."
    )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("invite") and "suggest" not in request.POST:
            return self.invite()
        return super().post(request, *args, **kwargs)

    @property
    def stays_blocked(self) -> bool:
        user = self.request.subject
        return bool(user.password_revoked_at) and not authority.decides(self.request.user, user)

    def explanation(self) -> Text:
        return self.blocked if self.stays_blocked else self.text

    def form_valid(self, form: PlainForm) -> HttpResponse:
        return self.form_invalid(form) if self.stays_blocked else super().form_valid(form)

    def invite(self) -> HttpResponse:
        if why_not := invitations.why_not(self.request.subject):
            messages.error(self.request, str(why_not))
        else:
            say_invited(self.request, invite(**self.target()))
        return redirect(self.get_success_url())

    def stored(self) -> dict[str, Any]:
        return {}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"target": self.request.subject}

    def change(self, form: PlainForm) -> Mailed | None:
        data = form.cleaned_data
        return services.set_password(
            **self.target(), password=data["password1"], must_change_password=data["must_change_password"]
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, invites = self.request.subject, self.wish == "invite" and settings.MAIL_ENABLED
        why_not = invitations.why_not(user)
        access = access_of_viewer(user, subjects.viewer(self.request))
        context = super().get_context_data(
            hours=INVITATION_HOURS,
            password_for=user.username,
            invites=invites,
            why_not=why_not,
            email_url=access.pencil(rules.EMAIL, "user_email") if why_not is NO_EMAIL else "",
            query=query_of(self.request),
            **kwargs,
        )
        return context | ({"heading": self.phrase(self.invitation)} if invites else {})
