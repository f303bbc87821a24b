"""The pages for **2FA required:** and **Reset 2FA**, for the account owner only."""

from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy

from accounts import moments
from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import FieldErrors
from accounts.outbox.rows import Mailed
from accounts.users import subjects
from accounts.users.changes import ChangeUser
from accounts.users.required_from import initial_of
from twofactor.requirement import readiness, services
from twofactor.requirement.forms import RequiredForm
from twofactor.requirement.plan import AlreadyRequired

ACCESS = Access(Audience.CONTRACT, owner_only=True, fresh=True, subject=subjects.sub_user)


class RequiredPage(ChangeUser):
    access = ACCESS
    template_name = "twofactor/required.html"
    form_class = RequiredForm
    heading = gettext_lazy("Is two-factor authentication required for %(name)s?")
    submit = gettext_lazy("Apply changes")
    yes = gettext_lazy("Yes: the user must set up a second factor before using the panel.")
    before = gettext_lazy("Before the planned date, No withdraws the plan and changes nothing else.")
    no = gettext_lazy(
        "No: password only. The authenticator app, security keys and recovery codes are removed and the user is "
        "logged out everywhere."
    )
    done = gettext_lazy("Two-factor authentication is now required for this user account.")
    cleared = gettext_lazy("Two-factor authentication is cleared for this user account.")

    planned = gettext_lazy("Two-factor authentication will be required for this user account from %(moment)s.")
    withdrawn = gettext_lazy("The plan was withdrawn. Two-factor authentication is not required for this user account.")
    field_errors: ClassVar[FieldErrors] = {
        AlreadyRequired: (
            "required_from",
            gettext_lazy("Two-factor authentication is already required for this user, so there is nothing to plan."),
        )
    }
    moment: datetime | None = None
    """The submitted time from which 2FA is required; None for at once."""

    def stored(self) -> dict[str, Any]:
        user = self.request.subject
        moment = user.two_factor_required_from if user.two_factor_planned else None
        return {"required": self.wish or ("yes" if user.two_factor_required else "no")} | initial_of(moment)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"plannable": not self.request.subject.must_use_two_factor}

    def change(self, form: RequiredForm) -> Mailed | None:  # type: ignore[override]
        self.moment = form.moment
        return services.set_required(
            **self.target(), required=form.cleaned_data["required"] == "yes", required_from=self.moment
        )

    def names(self) -> dict[str, Any]:
        moment = moments.in_words(self.moment) if self.moment else ""
        return {"name": self.request.subject.username, "moment": moment}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = self.request.subject
        affected = None if user.must_use_two_factor else readiness.readiness_of([user])
        explanations = [self.yes, *([self.before] if user.two_factor_planned else []), self.no]
        return super().get_context_data(readiness=affected, explanations=explanations, **kwargs)

    def message(self, outcome: Any) -> str:
        """`request.subject` still holds the values from before the change."""
        if self.request.POST["required"] == "yes":
            return self.phrase(self.planned if self.moment else self.done)
        return self.phrase(self.withdrawn if self.request.subject.two_factor_planned else self.cleared)


class TwoFactorResetPage(ChangeUser):
    access = ACCESS
    template_name = "twofactor/reset.html"
    done = gettext_lazy(
        "Two-factor authentication was reset. The user sets it up again at the next login if it is required."
    )
    unchanged = gettext_lazy("Nothing was changed: this user account has no second factor.")

    def change(self, form: PlainForm) -> Mailed | None:
        return services.reset(**self.target())
