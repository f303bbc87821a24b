"""The pencils of a role: one address, one form, one service.

The rule: GET shows, POST acts. Whether the viewer may was settled by the gate, through `subjects.changeable`.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from accounts.forms import PlainForm
from accounts.gate import saved_input
from accounts.gate.access import Access, Audience
from accounts.gate.refusals import refuse
from accounts.gate.request import PanelRequest
from accounts.models import Role
from accounts.origin import Origin
from accounts.roles import forms, rules, services, subjects
from accounts.roles.responses import say_moved, way_back
from accounts.roles.rules import Change


def access_to(change: Change) -> Access:
    return Access(Audience.CONTRACT, permission=change.permission, subject=subjects.changeable(change))


class ChangeRole(View):
    """One role, one form. Sentences name the role by %(role)s."""

    form_class: type[PlainForm]
    heading: str | Promise
    done: str | Promise

    def get(self, request: PanelRequest, role_id: int) -> HttpResponse:
        initial = saved_input.initial(request, self.form_class, **self.initial(request.subject))
        return self.page(request, self.form_class(initial=initial))

    def post(self, request: PanelRequest, role_id: int) -> HttpResponse:
        form = self.form_class(request.POST)
        if form.is_valid():
            self.act_and_say(request, form)
        if not form.is_valid():
            return self.page(request, form)
        return redirect(way_back(request, request.subject))

    def act_and_say(self, request: PanelRequest, form: PlainForm) -> None:
        """Calls the service; what came of it is a message, or a sentence at the field."""
        try:
            changed = self.act(request, form)
        except services.NameTaken:
            form.add_error("name", forms.NAME_TAKEN)
        except services.RoleMoved:
            say_moved(request)
        else:
            said = str(self.done) % {"role": request.subject.name} if changed else _("Nothing was changed.")
            messages.add_message(request, messages.SUCCESS if changed else messages.INFO, said)

    def initial(self, role: Role) -> dict[str, Any]:
        return {name: getattr(role, name) for name in self.form_class.base_fields}

    def act(self, request: PanelRequest, form: PlainForm) -> bool:
        raise NotImplementedError

    def page(self, request: PanelRequest, form: PlainForm) -> HttpResponse:
        role = request.subject
        heading = str(self.heading) % {"role": role.name}
        context = {"role": role, "form": form, "heading": heading, "cancel_url": way_back(request, role)}
        return render(request, "accounts/roles/change.html", context)


class RoleName(ChangeRole):
    access = access_to(rules.NAME)
    form_class = forms.NameForm
    heading = gettext_lazy("Change the name of the role %(role)s")
    done = gettext_lazy("The role %(role)s was renamed.")

    def act(self, request: PanelRequest, form: PlainForm) -> bool:
        name = form.cleaned_data["name"]
        return services.set_name(
            actor=request.user, role=request.subject, name=name, origin=Origin.from_request(request)
        )


class RoleDescription(ChangeRole):
    access = access_to(rules.DESCRIPTION)
    form_class = forms.DescriptionForm
    heading = gettext_lazy("Change the description of the role %(role)s")
    done = gettext_lazy("The description of the role %(role)s was changed.")

    def act(self, request: PanelRequest, form: PlainForm) -> bool:
        text = form.cleaned_data["description"]
        return services.set_description(
            actor=request.user, role=request.subject, description=text, origin=Origin.from_request(request)
        )


class RoleState(ChangeRole):
    access = access_to(rules.MODIFY)
    form_class = forms.StateForm
    heading = gettext_lazy("Change the state of the role %(role)s")
    done = gettext_lazy("The state of the role %(role)s was changed.")

    def initial(self, role: Role) -> dict[str, Any]:
        return {"state": "active" if role.enabled else "disabled"}

    def act(self, request: PanelRequest, form: PlainForm) -> bool:
        """Whoever disabled the role they have themselves could not take it back."""
        enabled = form.cleaned_data["state"] == "active"
        if not enabled and request.subject.pk == request.user.role_id:
            refuse(request, rules.DISABLES_OWN, request.subject)
        return services.set_state(
            actor=request.user, role=request.subject, enabled=enabled, origin=Origin.from_request(request)
        )
