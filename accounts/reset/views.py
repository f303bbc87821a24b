"""The way back in by mail, and the pages behind mailed links.

The rule: nothing here logs anybody in. A link that doesn't work gets one page, whatever is wrong with it.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.notices import services as notices
from accounts.origin import Origin
from accounts.passwords.forms import NewPasswordForm, suggested
from accounts.reset import links, services
from accounts.reset.forms import ForgotForm

# Browsers take the last one that they know, and both keep the token to themselves. With the first alone they would call
# the origin of our own forms `null`, and Django would refuse these.
REFERRER_POLICY = "no-referrer, strict-origin"


class ForgotPage(View):
    """Answers every name alike: nothing is looked up on its connection, and nothing after the answer either."""

    access = Access(Audience.OPEN)
    template = "accounts/reset/forgot.html"

    def get(self, request: PanelRequest) -> HttpResponse:
        return render(request, self.template, {"form": ForgotForm()})

    def post(self, request: PanelRequest) -> HttpResponse:
        form = ForgotForm(request.POST)
        if not form.is_valid():
            return render(request, self.template, {"form": form})
        services.ask_for_link(form.cleaned_data["username_or_email"], origin=Origin.from_request(request))
        return render(request, "accounts/reset/sent.html")


class LinkPage(View):
    """A page whose address carries a token."""

    access = Access(Audience.OPEN)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response["Referrer-Policy"] = REFERRER_POLICY
        return response


class ResetPage(LinkPage):
    """Reset and invitation: a new password. The code is asked for at the log-in that follows."""

    def get(self, request: PanelRequest, uid: str, token: str) -> HttpResponse:
        user = links.read_password_link(uid, token)
        return self.page(request, user, NewPasswordForm(user=user)) if user else dead_link(request)

    def post(self, request: PanelRequest, uid: str, token: str) -> HttpResponse:
        user = links.read_password_link(uid, token)
        if user is None:
            return dead_link(request)
        if "suggest" in request.POST:
            return self.page(request, user, suggested(user))
        form = NewPasswordForm(request.POST, user=user)
        if not form.is_valid():
            return self.page(request, user, form)
        if not services.choose_password(user, form.cleaned_data["new_password1"], origin=Origin.from_request(request)):
            return dead_link(request)
        return to_login(request, user, _("Your new password is set. Log in with it."))

    def page(self, request: PanelRequest, user: User, form: PlainForm) -> HttpResponse:
        context = {"form": form, "username": user.username, "someone_else": someone_else(request, user)}
        return render(request, "accounts/reset/reset.html", context)


class ConfirmEmailPage(LinkPage):
    def get(self, request: PanelRequest, token: str) -> HttpResponse:
        user = links.read_email_link(token)
        if user is None:
            return dead_link(request)
        context = {"owner": user, "someone_else": someone_else(request, user)}
        return render(request, "accounts/reset/email_confirm.html", context)

    def post(self, request: PanelRequest, token: str) -> HttpResponse:
        user = links.read_email_link(token)
        if user is None or not services.confirm_email(user, origin=Origin.from_request(request)):
            return dead_link(request)
        return to_login(request, user, _("Your new email address is confirmed. Log in again."))


def someone_else(request: PanelRequest, user: User) -> User | None:
    """Who is logged in in this browser, if that is not the account of the link."""
    return request.user if request.user.is_authenticated and request.user.pk != user.pk else None


def dead_link(request: PanelRequest) -> HttpResponse:
    """Used, too old, replaced by a newer one, cut off on its way or made up: what to do next is the same."""
    return render(request, "accounts/reset/dead_link.html", status=404)


def to_login(request: PanelRequest, user: User, sentence: str) -> HttpResponse:
    """On to the log-in. A session of this account has ended on the server, so this browser's goes too.

    Where somebody else is logged in the sentence is a page of its own, and their panel hears nothing of it.
    """
    if other := someone_else(request, user):
        context = {"sentence": sentence, "username": user.username, "someone_else": other}
        return render(request, "accounts/reset/done.html", context)
    request.session.flush()
    messages.success(request, sentence)
    notices.outcome_message(request, user)
    return redirect("login")
