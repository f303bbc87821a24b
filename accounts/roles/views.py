"""The list of roles, one role, and the forms that make, clone and delete one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_safe

from accounts.gate import saved_input
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.refusals import contract_of
from accounts.gate.request import PanelRequest
from accounts.models import Role
from accounts.origin import Origin
from accounts.permissions import DISPLAY_PERMISSIONS
from accounts.roles import forms, matrix, queries, rules, services, subjects
from accounts.roles.forms import RoleForm
from accounts.roles.responses import say_moved, way_back


@open_to(Access(Audience.CONTRACT, permission=subjects.SHOW))
@require_safe
def roles(request: PanelRequest) -> HttpResponse:
    listed = [(role, *queries.counted(role)) for role in queries.roles(contract_of(request))]
    return render(request, "accounts/roles/roles.html", {"roles": listed})


@open_to(Access(Audience.CONTRACT, permission=subjects.SHOW, subject=subjects.role))
@require_safe
def role(request: PanelRequest, role_id: int) -> HttpResponse:
    found = request.subject
    held, total = queries.counted(found)
    context = {
        "role": found,
        "held": held,
        "total": total,
        "number_of_users": found.users.count(),
        "parts": matrix.parts(queries.seen(found).rights, request.permissions, changeable=False),
        "may": {name: subjects.allows(request, change, found) for name, change in BUTTONS.items()},
    }
    return render(request, "accounts/roles/role.html", context)


BUTTONS = {
    "set_name": rules.NAME,
    "set_description": rules.DESCRIPTION,
    "modify": rules.MODIFY,
    "clone": rules.CLONE,
    "delete": rules.DELETE,
    "put_users": rules.USERS,
}


class NewRole(View):
    """A form with name and description; what the new role may do is decided by `make`."""

    access = Access(Audience.CONTRACT, permission="roles.create")
    template = "accounts/roles/create.html"

    def get(self, request: PanelRequest, **kwargs: int) -> HttpResponse:
        initial = saved_input.initial(request, RoleForm, **self.initial(request))
        return self.page(request, RoleForm(initial=initial))

    def post(self, request: PanelRequest, **kwargs: int) -> HttpResponse:
        form = RoleForm(request.POST)
        made = self.make_or_say(request, form) if form.is_valid() else None
        if made is None:
            return self.page(request, form)
        messages.success(request, _("The role %(role)s was created.") % {"role": made.name})
        return redirect(way_back(request, made))

    def make_or_say(self, request: PanelRequest, form: RoleForm) -> Role | None:
        try:
            return self.make(request, **form.cleaned_data)
        except services.NameTaken:
            form.add_error("name", forms.NAME_TAKEN)
            return None

    def initial(self, request: PanelRequest) -> dict[str, Any]:
        return {}

    def make(self, request: PanelRequest, *, name: str, description: str) -> Role:
        """It may display everything, as far as its maker may, and nothing else."""
        return services.create_role(
            actor=request.user,
            contract=contract_of(request),
            name=name,
            description=description,
            permissions=DISPLAY_PERMISSIONS & request.permissions,
            origin=Origin.from_request(request),
        )

    def page(self, request: PanelRequest, form: RoleForm) -> HttpResponse:
        context = {"form": form, "role": request.subject, "cancel_url": way_back(request, request.subject)}
        return render(request, self.template, context)


class CloneRole(NewRole):
    access = Access(Audience.CONTRACT, permission=rules.CLONE.permission, subject=subjects.changeable(rules.CLONE))
    template = "accounts/roles/clone.html"

    def initial(self, request: PanelRequest) -> dict[str, Any]:
        name = _("%(role)s (copy)") % {"role": request.subject.name}
        return {"name": name, "description": request.subject.description}

    def make(self, request: PanelRequest, *, name: str, description: str) -> Role:
        return services.clone_role(
            actor=request.user,
            role=request.subject,
            name=name,
            description=description,
            origin=Origin.from_request(request),
        )


class DeleteRole(View):
    access = Access(Audience.CONTRACT, permission=rules.DELETE.permission, subject=subjects.changeable(rules.DELETE))

    def get(self, request: PanelRequest, role_id: int) -> HttpResponse:
        return self.page(request)

    def post(self, request: PanelRequest, role_id: int) -> HttpResponse:
        try:
            services.delete_role(actor=request.user, role=request.subject, origin=Origin.from_request(request))
        except services.RoleInUse:
            return self.page(request)
        except services.RoleMoved:
            say_moved(request)
            return redirect(way_back(request))
        messages.success(request, _("The role %(role)s was deleted.") % {"role": request.subject.name})
        return redirect(way_back(request))

    def page(self, request: PanelRequest) -> HttpResponse:
        """The question, or why there is none."""
        found = request.subject
        context = {
            "role": found,
            "number_of_users": found.users.count(),
            "cancel_url": way_back(request, found),
        }
        return render(request, "accounts/roles/delete.html", context)
