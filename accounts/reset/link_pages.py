"""The pages behind mailed links. All links that don't work get the same page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import ChangeView, PasswordView
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.notices import responses as notices
from accounts.outbox.rows import Mailed
from accounts.passwords.forms import NewPasswordForm
from accounts.reset import links, services
from accounts.reset.links import Link

# Browsers take the last one that they know, and both keep the token to themselves. With the first alone they would call
# the origin of our own forms `null`, and Django would refuse these.
REFERRER_POLICY = "no-referrer, strict-origin"


class LinkPage(ChangeView):
    """A page whose URL contains a token. `change` returns None if the link has become invalid."""

    access = Access(Audience.OPEN)
    success_url = reverse_lazy("login")
    link: Link

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = super().dispatch(request, *args, **kwargs)
        response["Referrer-Policy"] = REFERRER_POLICY
        return response

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().get(request, *args, **kwargs) if self.is_alive() else dead_link(self.request)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().post(request, *args, **kwargs) if self.is_alive() else dead_link(self.request)

    def is_alive(self) -> bool:
        link = self.read()
        if link:
            self.link = link
        return link is not None

    def read(self) -> Link | None:
        raise NotImplementedError

    def answer(self, outcome: Mailed | None, form: PlainForm) -> HttpResponse:
        if outcome is None:
            return dead_link(self.request)
        return to_login(self.request, self.link.user, self.phrase(self.done), outcome)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(someone_else=someone_else(self.request, self.link.user), **kwargs)


class PasswordResetPage(LinkPage, PasswordView):
    """Reset and invitation: sets a new password. The code is asked for at the login that follows.

    Invited users are welcomed, by a page that doesn't mention a reset.
    """

    template_name = "accounts/reset/reset.html"
    form_class = NewPasswordForm
    done = gettext_lazy("Your new password is set. Log in with it.")

    @property
    def is_invitation(self) -> bool:
        return links.is_invitation(self.kwargs["token"])

    def get_template_names(self) -> list[str]:
        return ["accounts/reset/welcome.html"] if self.is_invitation else super().get_template_names()

    def read(self) -> Link | None:
        return links.read_password_link(self.kwargs["uid"], self.kwargs["token"])

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": self.link.user, "once": self.is_invitation}

    def change(self, form: PlainForm) -> Mailed | None:
        return services.choose_password(self.link, form.cleaned_data["new_password1"], origin=self.origin)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        contract = self.link.user.contract
        own = {
            "username": self.link.user.username,
            "name": self.link.user.name,
            "contract": contract.name if contract else "",
        }
        return super().get_context_data(**own | kwargs)


def someone_else(request: PanelRequest, user: User) -> User | None:
    """Who is logged in in this browser, if not the account of the link."""
    return request.user if request.user.is_authenticated and request.user.pk != user.pk else None


def dead_link(request: PanelRequest) -> HttpResponse:
    """Used, expired, replaced by a newer one, incomplete or made up: what to do next is the same."""
    return render(request, "accounts/reset/dead_link.html", status=404)


def to_login(request: PanelRequest, user: User, sentence: str, mailed: Mailed) -> HttpResponse:
    """Continues to the login. Sessions of this account have ended on the server, so this browser's ends too.

    If somebody else is logged in, the message is a page of its own, and their session isn't touched.
    """
    if other := someone_else(request, user):
        context = {"sentence": sentence, "username": user.username, "someone_else": other}
        return render(request, "accounts/reset/done.html", context)
    request.session.flush()
    messages.success(request, sentence)
    notices.outcome_message(request, mailed)
    return redirect("login")
