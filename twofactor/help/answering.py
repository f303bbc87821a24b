"""`/management/users/<id>/help/`: the account owner answers. Only the approval needs a fresh confirmation."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import ChangeView
from accounts.notices import responses as notices
from accounts.outbox.rows import Mailed
from accounts.users import subjects
from accounts.users.responses import way_back
from twofactor.help import queries, services, words
from twofactor.help.forms import APPROVE, BLOCK, AnswerForm
from twofactor.help.models import HelpDecision
from twofactor.help.services import Approved, NotOpen, WrongWords
from twofactor.login import freshness
from twofactor.login.return_to import to_confirm


class OwnersHelp(ChangeView):
    access = Access(Audience.CONTRACT, owner_only=True, subject=subjects.sub_user)
    template_name = "twofactor/help/answering.html"
    form_class = AnswerForm
    heading = gettext_lazy("%(name)s asks for help with 2FA")

    def names(self) -> dict[str, Any]:
        return {"name": self.request.subject.name or self.request.subject.username}

    def form_invalid(self, form: PlainForm) -> HttpResponse:
        if form.has_error("request"):  # hidden, so the person can't correct it
            return self.not_open()
        return super().form_invalid(form)

    def not_open(self) -> HttpResponse:
        messages.warning(self.request, _("This request is no longer open. Nothing was changed."))
        return redirect(self.request.path)

    def form_valid(self, form: PlainForm) -> HttpResponse:
        if form.cleaned_data["action"] == APPROVE:
            if not freshness.confirmed_recently(self.request):
                return to_confirm(self.request)
            self.request.is_sensitive_act = True
        return super().form_valid(form)

    def change(self, form: PlainForm) -> Any:
        data = form.cleaned_data
        who = {"actor": self.request.user, "target": self.request.subject, "origin": self.origin}
        if data["action"] == APPROVE:
            return services.approve(**who, request_id=data["request"], typed=data["words"])
        act = services.block if data["action"] == BLOCK else services.refuse
        return act(**who, request_id=data["request"])

    def answer(self, outcome: Any, form: PlainForm) -> HttpResponse:
        if isinstance(outcome, WrongWords) and outcome.left:
            form.add_error("words", self.wrong(outcome, form.cleaned_data["words"]))
            return self.form_invalid(form)
        if isinstance(outcome, NotOpen) or outcome is None:
            return self.not_open()
        if isinstance(outcome, WrongWords):
            messages.error(self.request, _("Wrong words three times: the request has ended. Nothing was reset."))
        else:
            messages.success(self.request, self.message(outcome))
            self.say_who_cannot_be_told()
        mailed = outcome.mailed if isinstance(outcome, Approved) else outcome
        notices.outcome_message(self.request, mailed if isinstance(mailed, Mailed) else None)
        leaves = isinstance(outcome, Approved) or form.cleaned_data["action"] == BLOCK
        return redirect(way_back(self.request, self.request.subject) if leaves else self.request.path)

    def wrong(self, outcome: WrongWords, typed: str) -> str:
        left = ngettext("%(n)d attempt left.", "%(n)d attempts left.", outcome.left) % {"n": outcome.left}
        text = _("These are not the words that %(name)s sees.") % self.names()
        unknown = words.unknown(typed)
        if unknown:
            text += " " + _("“%(word)s” isn't one of the panel's words. Ask for it to be spelled.") % {
                "word": unknown[0]
            }
        return f"{text} {left}"

    def message(self, outcome: Any) -> str:
        if isinstance(outcome, Approved):
            text = _("2FA was reset. %(name)s now sets it up again in the browser that asked.")
        elif self.request.POST["action"] == BLOCK and not settings.MAIL_ENABLED:
            text = _("The password of %(name)s was blocked. It works again when you reset it.")
        elif self.request.POST["action"] == BLOCK:
            text = _("The password of %(name)s was blocked. It works again when it is reset by email or by you.")
        else:
            text = _("The request was refused. Nothing was reset, and the login that asked has ended.")
        return text % self.names()

    def say_who_cannot_be_told(self) -> None:
        if not self.request.subject.email:
            text = _("%(name)s has no email, so the panel can't tell this person.")
            messages.warning(self.request, text % self.names())

    def cancel_url(self) -> str:
        return way_back(self.request, self.request.subject)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.subject
        last = user.help_requests.order_by("-created_at", "-pk").first()
        own = {"sub_user": user, "asked": queries.open_of(user), "last": last}
        refused = last and last.decision == HelpDecision.REFUSED and last.stamp == user.stamp
        return super().get_context_data(**own | {"may_block": bool(refused)} | kwargs)
