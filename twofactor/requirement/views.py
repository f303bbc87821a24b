"""The page behind **2FA required:** and the reset, for the account owner alone."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import ChangeView
from accounts.notices import services as notices
from accounts.users import subjects
from twofactor.requirement import services
from twofactor.requirement.forms import RequiredForm


class OwnersChange(ChangeView):
    """What only the account owner decides about one user, after confirming who they are."""

    access = Access(Audience.CONTRACT, owner_only=True, fresh=True, subject=subjects.member)

    def answer(self, outcome: Any, form: PlainForm) -> HttpResponse:
        response = super().answer(outcome, form)
        notices.outcome_message(self.request, self.request.subject)
        return response

    def get_success_url(self) -> str:
        return reverse("user", args=[self.request.subject.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(member=self.request.subject, section="users", **kwargs)


class RequiredPage(OwnersChange):
    template_name = "twofactor/required.html"
    form_class = RequiredForm
    done = gettext_lazy("Two-factor authentication is now required for this user account.")
    cleared = gettext_lazy("Two-factor authentication is cleared for this user account.")

    def stored(self) -> dict[str, Any]:
        return {"required": "yes" if self.request.subject.two_factor_required else "no"}

    def change(self, form: PlainForm) -> bool:
        required = form.cleaned_data["required"] == "yes"
        return services.set_required(
            actor=self.request.user, target=self.request.subject, required=required, origin=self.origin
        )

    def message(self, outcome: Any) -> str:
        return self.phrase(self.done if self.request.POST["required"] == "yes" else self.cleared)


class ResetPage(OwnersChange):
    template_name = "twofactor/reset.html"
    done = gettext_lazy(
        "Two-factor authentication was reset. The user sets it up again at the next login if it is required."
    )
    unchanged = gettext_lazy("Nothing was changed: this user account has no authenticator.")

    def change(self, form: PlainForm) -> bool:
        return services.reset(actor=self.request.user, target=self.request.subject, origin=self.origin)
