"""The page behind **2FA required:** and the reset, for the account owner alone."""

from datetime import datetime
from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from accounts import moments
from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import ChangeView, FieldErrors
from accounts.notices import services as notices
from accounts.users import subjects
from accounts.users.required_from import initial_of
from accounts.users.responses import InRow, way_back
from twofactor.requirement import readiness, services
from twofactor.requirement.forms import RequiredForm
from twofactor.requirement.plan import AlreadyRequired


class OwnersChange(ChangeView):
    """What only the account owner decides about one user, after confirming who they are."""

    access = Access(Audience.CONTRACT, owner_only=True, fresh=True, subject=subjects.sub_user)

    def answer(self, outcome: Any, form: PlainForm) -> HttpResponse:
        response = super().answer(outcome, form)
        notices.outcome_message(self.request, self.request.subject)
        return response

    def get_success_url(self) -> str:
        return way_back(self.request, self.request.subject)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(member=self.request.subject, section="users", **kwargs)


class RequiredPage(InRow, OwnersChange):
    template_name = "twofactor/required.html"
    form_class = RequiredForm
    heading = gettext_lazy("Is two-factor authentication required for %(name)s?")
    submit = gettext_lazy("Apply changes")
    yes = gettext_lazy("Yes: the user must set up a second factor before using the panel.")
    before = gettext_lazy("Before the planned moment, No withdraws the plan and changes nothing else.")
    no = gettext_lazy(
        "No: password only. The authenticator and recovery codes are removed and the user is logged out everywhere."
    )
    done = gettext_lazy("Two-factor authentication is now required for this user account.")
    cleared = gettext_lazy("Two-factor authentication is cleared for this user account.")

    planned = gettext_lazy("Two-factor authentication will be required for this user account from %(moment)s.")
    withdrawn = gettext_lazy("The plan was withdrawn. Two-factor authentication is not required for this user account.")
    field_errors: ClassVar[FieldErrors] = {
        AlreadyRequired: (
            "required_from",
            gettext_lazy("Two-factor authentication is required for this user already, so there is nothing to plan."),
        )
    }
    moment: datetime | None = None

    def stored(self) -> dict[str, Any]:
        member = self.request.subject
        moment = member.two_factor_required_from if member.two_factor_planned else None
        return {"required": "yes" if member.two_factor_required else "no"} | initial_of(moment)

    def change(self, form: RequiredForm) -> bool:  # type: ignore[override]
        self.moment = form.moment
        return services.set_required(
            actor=self.request.user,
            target=self.request.subject,
            required=form.cleaned_data["required"] == "yes",
            required_from=self.moment,
            origin=self.origin,
        )

    def names(self) -> dict[str, Any]:
        moment = moments.in_words(self.moment) if self.moment else ""
        return {"name": self.request.subject.username, "moment": moment}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        member = self.request.subject
        affected = None if member.must_use_two_factor else readiness.of([member])
        explanations = [self.yes, *([self.before] if member.two_factor_planned else []), self.no]
        return super().get_context_data(readiness=affected, explanations=explanations, **kwargs)

    def message(self, outcome: Any) -> str:
        """`request.subject` is the account as it was before."""
        if self.request.POST["required"] == "yes":
            return self.phrase(self.planned if self.moment else self.done)
        return self.phrase(self.withdrawn if self.request.subject.two_factor_planned else self.cleared)


class ResetPage(OwnersChange):
    template_name = "twofactor/reset.html"
    done = gettext_lazy(
        "Two-factor authentication was reset. The user sets it up again at the next login if it is required."
    )
    unchanged = gettext_lazy("Nothing was changed: this user account has no authenticator.")

    def change(self, form: PlainForm) -> bool:
        return services.reset(actor=self.request.user, target=self.request.subject, origin=self.origin)
