"""The forms that change one role: one URL, one form, one service each.

The gate has checked access, by `subjects.changeable`.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import ChangeView, FieldErrors
from accounts.gate.refusals import refuse
from accounts.roles import forms, rules, services, subjects
from accounts.roles.responses import MOVED, way_back
from accounts.roles.rules import RoleChange


def access_to(change: RoleChange) -> Access:
    return Access(Audience.CONTRACT, permission=change.permission, subject=subjects.changeable(change))


class ChangeRole(ChangeView):
    """One role, one form. Texts name the role as %(role)s."""

    template_name = "accounts/roles/change.html"
    field_errors: ClassVar[FieldErrors] = {services.NameTaken: ("name", forms.NAME_TAKEN)}
    moved = MOVED

    def stored(self) -> dict[str, Any]:
        return {name: getattr(self.request.subject, name) for name in self.get_form_class().base_fields}

    def names(self) -> dict[str, Any]:
        return {"role": self.request.subject.name}

    def get_success_url(self) -> str:
        return way_back(self.request, self.request.subject)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(role=self.request.subject, **kwargs)


class RoleName(ChangeRole):
    access = access_to(rules.NAME)
    form_class = forms.RoleNameForm
    heading = gettext_lazy("Change the name of the role %(role)s")
    done = gettext_lazy("The role %(role)s was renamed.")

    def change(self, form: PlainForm) -> bool:
        request, name = self.request, form.cleaned_data["name"]
        return services.set_name(actor=request.user, role=request.subject, name=name, origin=self.origin)


class RoleDescription(ChangeRole):
    access = access_to(rules.DESCRIPTION)
    form_class = forms.RoleDescriptionForm
    heading = gettext_lazy("Change the description of the role %(role)s")
    done = gettext_lazy("The description of the role %(role)s was changed.")

    def change(self, form: PlainForm) -> bool:
        request, text = self.request, form.cleaned_data["description"]
        return services.set_description(actor=request.user, role=request.subject, description=text, origin=self.origin)


class RoleState(ChangeRole):
    access = access_to(rules.MODIFY)
    form_class = forms.RoleStateForm
    heading = gettext_lazy("Change the state of the role %(role)s")
    done = gettext_lazy("The state of the role %(role)s was changed.")

    def stored(self) -> dict[str, Any]:
        return {"state": "active" if self.request.subject.enabled else "disabled"}

    def change(self, form: PlainForm) -> bool:
        """People who disabled their own role could not enable it again."""
        request, enabled = self.request, form.cleaned_data["state"] == "active"
        if not enabled and subjects.is_own(request, request.subject):
            refuse(request, rules.DISABLES_OWN, request.subject)
        return services.set_state(actor=request.user, role=request.subject, enabled=enabled, origin=self.origin)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if subjects.is_own(self.request, self.request.subject):
            context["form"].offer_active_only()
        return context
