"""Requests of account owners in Django admin: admins answer them as an owner answers a sub-user."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin.base import PanelAdmin
from accounts.origin import Origin
from twofactor.help import queries, services
from twofactor.help.forms import APPROVE, BLOCK, REFUSE, WordsField, check_words
from twofactor.help.models import HelpRequest
from twofactor.help.services import Approved, NotOpen, WrongWords

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[HelpRequest]
else:
    ModelForm = forms.ModelForm


class AnswerAdminForm(ModelForm):
    answer = forms.ChoiceField(
        label=gettext_lazy("Answer"),
        choices=[
            ("", "---------"),
            (APPROVE, gettext_lazy("Reset 2FA")),
            (REFUSE, gettext_lazy("Refuse")),
            (BLOCK, gettext_lazy("Refuse and block the password")),
        ],
    )
    typed = WordsField(
        gettext_lazy("Call the account owner on a number that you know, and let them read the words to you.")
    )

    class Meta:
        model = HelpRequest
        fields = ()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("answer") == APPROVE:
            check_words(self, "typed")
        return data


class HelpRequestAdmin(PanelAdmin):
    form = AnswerAdminForm
    list_display = ("user", "created_at", "ip", "asked_in", "expires_at", "decision")
    list_select_related = ("user",)
    ordering = ("-created_at",)
    facts = ("user", "created_at", "expires_at", "ip", "asked_in", "last_login_here", "decision")

    def get_queryset(self, request: HttpRequest) -> QuerySet[HelpRequest]:
        return queries.of_owners()

    @admin.display(description=gettext_lazy("browser"))
    def asked_in(self, asked: HelpRequest) -> str:
        return asked.browser_in_words

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is decided can only be looked at."""
        return (obj is None or not obj.decided_at) and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.facts

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        answer = ("answer", "typed") if self.has_change_permission(request, obj) else ()
        return (*self.facts, *answer)

    def save_model(self, request: Any, obj: HelpRequest, form: Any, change: bool) -> None:
        """A wrong entry is counted, so it is a message and no error that would take the count back."""
        data, who = form.cleaned_data, {"actor": request.user, "origin": Origin.from_request(request)}
        about = who | {"target": obj.user, "request_id": obj.pk}
        if data["answer"] == APPROVE:
            self._say(request, services.approve(typed=data["typed"], **about))
        else:
            act = services.block if data["answer"] == BLOCK else services.refuse
            self._say(request, act(**about))

    def response_change(self, request: HttpRequest, obj: HelpRequest) -> HttpResponse:
        return redirect("admin:twofactor_helprequest_changelist")

    def _say(self, request: HttpRequest, outcome: Any) -> None:
        match outcome:
            case None | NotOpen():
                self.message_user(request, _("This request is no longer open. Nothing was changed."), messages.WARNING)
            case WrongWords(left=left):
                text = _("These are not the words on that screen. Attempts left: %(n)d.") % {"n": left}
                self.message_user(request, text, messages.ERROR)
            case Approved():
                text = _("2FA was reset. The account owner now sets it up again in the browser that asked.")
                self.message_user(request, text, messages.SUCCESS)
            case _:
                text = _("The request was refused. Nothing was reset, and the login that asked has ended.")
                self.message_user(request, text, messages.SUCCESS)
