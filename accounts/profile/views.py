"""One's own data. No role gates these pages; e-mail and password ask again who sits here."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views import View

from accounts.forms import PlainForm
from accounts.gate import saved_input
from accounts.gate.access import Access, Audience
from accounts.gate.request import PanelRequest
from accounts.notices import services as notices
from accounts.origin import Origin
from accounts.passwords.forms import show_suggestion
from accounts.profile import language, services
from accounts.profile.forms import EmailForm, LanguageForm, NameForm, OwnPasswordForm
from accounts.profile.services import PasswordChange
from accounts.reset import services as reset_services
from accounts.reset.responses import say_email
from accounts.throttling import sentences as throttling_sentences
from accounts.throttling.budgets import Wait
from accounts.users import facts
from accounts.users import services as user_services


class ProfilePage(View):
    access = Access(Audience.ACCOUNT)

    def get(self, request: PanelRequest) -> HttpResponse:
        undelivered = facts.undelivered(request.user) if request.user.mail_failed_at else ""
        context = {"section": "profile", "undelivered": undelivered}
        return render(request, "accounts/profile/profile.html", context)


class ChangePage(View):
    """One field of one's own account, one form."""

    access = Access(Audience.ACCOUNT)
    heading: str | Promise
    text: str | Promise = ""
    suggest = False

    def explanation(self) -> str | Promise:
        return self.text

    def page(self, request: PanelRequest, form: PlainForm, *, status: int = 200, wait: str = "") -> HttpResponse:
        context = {"section": "profile", "form": form, "wait": wait, "cancel_url": reverse("profile")}
        context |= {"heading": self.heading, "text": self.explanation(), "suggest": self.suggest}
        context["password_for"] = request.user.username if self.suggest else ""
        return render(request, "accounts/profile/change.html", context, status=status)


class NamePage(ChangePage):
    heading = gettext_lazy("Change your name")

    def get(self, request: PanelRequest) -> HttpResponse:
        return self.page(request, NameForm(initial=saved_input.initial(request, NameForm, name=request.user.name)))

    def post(self, request: PanelRequest) -> HttpResponse:
        form = NameForm(request.POST)
        if not form.is_valid():
            return self.page(request, form)
        name, user = form.cleaned_data["name"], request.user
        changed = user_services.set_name(actor=user, target=user, name=name, origin=Origin.from_request(request))
        if changed:
            messages.success(request, _("Your name was changed."))
        else:
            messages.info(request, _("Nothing was changed."))
        return redirect("profile")


class EmailPage(ChangePage):
    access = Access(Audience.ACCOUNT, fresh=True)
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

    def explanation(self) -> str | Promise:
        return self.mailed if settings.MAIL_ENABLED else self.not_mailed

    def get(self, request: PanelRequest) -> HttpResponse:
        return self.page(request, EmailForm(initial=saved_input.initial(request, EmailForm, email=request.user.email)))

    def post(self, request: PanelRequest) -> HttpResponse:
        form, user = EmailForm(request.POST), request.user
        if not form.is_valid():
            return self.page(request, form)
        change = reset_services.request_email(
            actor=user,
            target=user,
            email=form.cleaned_data["email"],
            origin=Origin.from_request(request),
            session=request.session,
        )
        say_email(request, user, change)
        return redirect("profile")


class PasswordPage(ChangePage):
    access = Access(Audience.ACCOUNT, fresh=True)
    heading = gettext_lazy("Change your password")
    text = gettext_lazy("All your other sessions end, and links sent to you earlier stop working.")
    suggest = True

    def get(self, request: PanelRequest) -> HttpResponse:
        return self.page(request, OwnPasswordForm(user=request.user))

    def post(self, request: PanelRequest) -> HttpResponse:
        if "suggest" in request.POST:
            return self.suggestion(request)
        form = OwnPasswordForm(request.POST, user=request.user)
        if not form.is_valid():
            return self.page(request, form)
        current, new = form.cleaned_data["current_password"], form.cleaned_data["new_password1"]
        outcome = services.change_password(
            request.user, current, new, origin=Origin.from_request(request), session=request.session
        )
        if isinstance(outcome, Wait):
            return self.wait(request, outcome)
        if outcome is PasswordChange.WRONG:
            form.add_error("current_password", _("This isn't your current password."))
            return self.page(request, form)
        if outcome is PasswordChange.DONE:
            messages.success(request, _("Your password was changed. All your other sessions have ended."))
            notices.outcome_message(request, request.user)
        return redirect("profile")

    def suggestion(self, request: PanelRequest) -> HttpResponse:
        form = OwnPasswordForm(user=request.user)
        show_suggestion(form, "new_password1", "new_password2")
        return self.page(request, form)

    def wait(self, request: PanelRequest, wait: Wait) -> HttpResponse:
        form = OwnPasswordForm(user=request.user)
        response = self.page(request, form, status=429, wait=throttling_sentences.sentence(wait.seconds))
        response["Retry-After"] = str(wait.seconds)
        return response


class LanguagePage(ChangePage):
    heading = gettext_lazy("Change your language")
    text = gettext_lazy("For the pages in this browser and for emails to you.")

    def get(self, request: PanelRequest) -> HttpResponse:
        chosen = request.user.language or get_language()
        return self.page(request, LanguageForm(initial=saved_input.initial(request, LanguageForm, language=chosen)))

    def post(self, request: PanelRequest) -> HttpResponse:
        form = LanguageForm(request.POST)
        if not form.is_valid():
            return self.page(request, form)
        response = redirect("profile")
        language.choose(request, response, form.cleaned_data["language"])
        return response
