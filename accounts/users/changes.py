"""The forms that change one user, and the two questions: one URL, one user, one form, one service each.

The gate has checked access, by `subjects.changeable`.
"""

from typing import Any, ClassVar

from django.http import HttpResponse
from django.utils.translation import gettext_lazy

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import FieldErrors
from accounts.gate.refusals import refuse
from accounts.notices import responses as notices
from accounts.outbox.rows import Mailed
from accounts.texts import Text
from accounts.users import forms, rules, services, subjects
from accounts.users.fields import role_refused
from accounts.users.responses import InRow, way_back
from accounts.users.role_choice import ROLE_GONE, UserRoleForm
from accounts.users.rules import UserChange


def access_to(change: UserChange, *, fresh: bool = False) -> Access:
    return Access(Audience.CONTRACT, permission=change.permission, fresh=fresh, subject=subjects.changeable(change))


class ChangeUser(InRow):
    """One user, one form. Texts may name the user as %(username)s."""

    template_name = "accounts/users/change.html"

    def stored(self) -> dict[str, Any]:
        return {name: getattr(self.request.subject, name) for name in self.get_form_class().base_fields}

    @property
    def wish(self) -> str:
        """What was chosen in the menu of a row, so that the form opens with it."""
        return self.request.GET.get("wish", "")

    def names(self) -> dict[str, Any]:
        return {"username": self.request.subject.username}

    def target(self) -> dict[str, Any]:
        """Who changes whom, and from where: the arguments of every service for users."""
        return {"actor": self.request.user, "target": self.request.subject, "origin": self.origin}

    def answer(self, outcome: Any, form: PlainForm) -> HttpResponse:
        response = super().answer(outcome, form)
        notices.outcome_message(self.request, outcome if isinstance(outcome, Mailed) else None)
        return response

    def get_success_url(self) -> str:
        return way_back(self.request, self.request.subject)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(sub_user=self.request.subject, **kwargs)


class UserName(ChangeUser):
    access = access_to(rules.NAME)
    form_class = forms.UserNameForm
    heading = gettext_lazy("Change the name of %(username)s")
    done = gettext_lazy("The name of %(username)s was changed.")

    def change(self, form: PlainForm) -> bool:
        return services.set_name(**self.target(), name=form.cleaned_data["name"])


class UserDescription(ChangeUser):
    access = access_to(rules.DESCRIPTION)
    form_class = forms.UserDescriptionForm
    heading = gettext_lazy("Change the description of %(username)s")
    done = gettext_lazy("The description of %(username)s was changed.")

    def change(self, form: PlainForm) -> bool:
        return services.set_description(**self.target(), description=form.cleaned_data["description"])


class UserRole(ChangeUser):
    access = access_to(rules.ROLE)
    form_class = UserRoleForm
    heading = gettext_lazy("Change the role of %(username)s")
    text = gettext_lazy("The new permissions apply from the next page that %(username)s opens.")
    done = gettext_lazy("The role of %(username)s was changed.")
    field_errors: ClassVar[FieldErrors] = {services.RoleGone: ("role", ROLE_GONE)}

    def stored(self) -> dict[str, Any]:
        return {"role": self.request.subject.role_id}

    def get_form_kwargs(self) -> dict[str, Any]:
        own = {"contract": self.request.subject.contract, "viewer": subjects.viewer(self.request)}
        return super().get_form_kwargs() | own

    def form_invalid(self, form: PlainForm) -> HttpResponse:
        if why := role_refused(form):
            refuse(self.request, why, self.request.subject)
        return super().form_invalid(form)

    def change(self, form: PlainForm) -> bool:
        return services.set_role(**self.target(), role=form.cleaned_data["role"])


class UserState(ChangeUser):
    """Activating and deactivating are two permissions; the subject determines which one is needed."""

    access = Access(Audience.CONTRACT, subject=subjects.with_new_state)
    form_class = forms.UserStateForm
    heading = gettext_lazy("Change the status of %(username)s")
    done = gettext_lazy("The status of %(username)s was changed.")

    def stored(self) -> dict[str, Any]:
        return {"state": self.wish or ("active" if self.request.subject.is_active else "deactivated")}

    def change(self, form: PlainForm) -> Mailed | None:
        return services.set_state(**self.target(), active=form.cleaned_data["state"] == "active")


class ConfirmUserChange(ChangeUser):
    """A page without fields. Its button says what it does, and is red only if it deletes something."""

    template_name = "accounts/users/question.html"
    verb: Text
    destroys = False

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(yes=self.phrase(self.verb), destroys=self.destroys, **kwargs)


class UserUnlock(ConfirmUserChange):
    access = access_to(rules.UNLOCK)
    verb = gettext_lazy("Unlock %(username)s")
    heading = gettext_lazy("Unlock %(username)s?")
    text = gettext_lazy("All failed attempts counted so far are cleared, and %(username)s can log in again.")
    done = gettext_lazy("%(username)s was unlocked.")
    unchanged = gettext_lazy("%(username)s was not locked.")

    def change(self, form: PlainForm) -> bool:
        return services.unlock(**self.target())


class UserDelete(ConfirmUserChange):
    access = access_to(rules.DELETE)
    verb = gettext_lazy("Delete %(username)s")
    destroys = True
    heading = gettext_lazy("Delete %(username)s?")
    text = gettext_lazy("This permanently deletes the user account %(username)s. Its log entries stay readable.")
    done = gettext_lazy("The user %(username)s was deleted.")

    def change(self, form: PlainForm) -> bool:
        return services.delete_user(**self.target())

    def cancel_url(self) -> str:
        return super().get_success_url()

    def get_success_url(self) -> str:
        return way_back(self.request)
