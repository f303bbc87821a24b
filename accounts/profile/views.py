"""One's own data. These pages need no permission; changes of email and password ask for confirmation."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import ChangeView, PasswordView
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.notices import responses as notices
from accounts.outbox.rows import Mailed
from accounts.profile import language, services
from accounts.profile.forms import LanguageForm, OwnEmailForm, OwnNameForm, OwnPasswordForm
from accounts.profile.services import WrongPassword
from accounts.reset import services as reset_services
from accounts.reset.email_view import EmailView
from accounts.reset.queries import confirmable
from accounts.reset.services import EmailChange
from accounts.throttling.budgets import Wait
from accounts.users import facts
from accounts.users import services as user_services


class ProfilePage(TemplateView):
    access = Access(Audience.ACCOUNT)
    template_name = "accounts/profile/profile.html"
    request: PanelRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.user
        undelivered = facts.undelivered(user) if user.mail_failed_at else ""
        unchosen = [] if user.language_chosen else [_("Your browser decides."), facts.language_of_mails(user)]
        expired = user.pending_email and not confirmable([user])
        no_link = facts.no_link() % {"email": user.pending_email} if expired else ""
        own = {"undelivered": undelivered, "no_link": no_link, "language_note": " ".join(unchosen)}
        return super().get_context_data(**own, **kwargs)


class ChangePage(ChangeView):
    """One field of one's own account, in one form."""

    access = Access(Audience.ACCOUNT)
    template_name = "accounts/profile/change.html"
    success_url = reverse_lazy("profile")


class NamePage(ChangePage):
    form_class = OwnNameForm
    heading = gettext_lazy("Change your name")
    done = gettext_lazy("Your name was changed.")

    def stored(self) -> dict[str, Any]:
        return {"name": self.request.user.name}

    def change(self, form: PlainForm) -> bool:
        user, name = self.request.user, form.cleaned_data["name"]
        return user_services.set_name(actor=user, target=user, name=name, origin=self.origin)


class EmailPage(EmailView, ChangePage):
    access = Access(Audience.ACCOUNT, fresh=True)
    form_class = OwnEmailForm
    heading = gettext_lazy("Change your email")
    mailed = gettext_lazy(
        "We send a link to the new address. The change takes effect when you open the link and confirm it; "
        "then all your sessions end and earlier links stop working. Leave the field empty to remove your "
        "address now."
    )
    not_mailed = gettext_lazy(
        "This panel can't send email, so the new address can't be confirmed and takes effect immediately. "
        "All your other sessions end."
    )

    def holder(self) -> User:
        return self.request.user

    def stored(self) -> dict[str, Any]:
        return {"email": self.request.user.email}

    def change(self, form: PlainForm) -> EmailChange | None:
        return reset_services.request_email(
            actor=self.request.user,
            target=self.request.user,
            email=form.cleaned_data["email"],
            origin=self.origin,
            session=self.request.session,
        )


class PasswordPage(PasswordView, ChangePage):
    access = Access(Audience.ACCOUNT, fresh=True)
    form_class = OwnPasswordForm
    heading = gettext_lazy("Change your password")
    text = gettext_lazy("All your other sessions end, and links sent to you earlier stop working.")
    done = gettext_lazy("Your password was changed. All your other sessions have ended.")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.request.user}

    def change(self, form: PlainForm) -> Mailed | WrongPassword | Wait:
        current, new = form.cleaned_data["current_password"], form.cleaned_data["new_password1"]
        return services.change_password(
            self.request.user, current, new, origin=self.origin, session=self.request.session
        )

    def answer(self, outcome: Mailed | WrongPassword | Wait, form: PlainForm) -> HttpResponse:
        if isinstance(outcome, Wait):
            return self.wait(OwnPasswordForm(user=self.request.user), outcome)
        if isinstance(outcome, WrongPassword):
            form.add_error("current_password", _("This isn't your current password."))
            return self.form_invalid(form)
        response = super().answer(outcome, form)
        notices.outcome_message(self.request, outcome)
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(password_for=self.request.user.username, **kwargs)


class LanguagePage(ChangePage):
    form_class = LanguageForm
    heading = gettext_lazy("Change your language")
    text = gettext_lazy("For the pages in this browser and for emails to you.")

    def stored(self) -> dict[str, Any]:
        return {"language": self.request.user.language or get_language()}

    def form_valid(self, form: PlainForm) -> HttpResponse:
        response = redirect("profile")
        language.choose(self.request, response, form.cleaned_data["language"])
        return response
