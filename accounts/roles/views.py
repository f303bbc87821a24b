"""The list of roles, one role, and the forms that create, clone and delete one."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.forms import PlainForm
from accounts.gate import parts
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.change_view import ChangeView, FieldErrors
from accounts.gate.refusals import contract_of
from accounts.gate.request import PanelRequest
from accounts.lists.responses import answer, cursor_of, query_of
from accounts.models import Role
from accounts.permissions import DISPLAY_PERMISSIONS
from accounts.roles import forms, listing, matrix, queries, rules, services, subjects
from accounts.roles.changes import ChangeRole, access_to
from accounts.roles.forms import NewRoleForm
from accounts.roles.responses import MOVED, way_back


@parts.in_parts
@open_to(Access(Audience.CONTRACT, permission=subjects.SHOW))
@require_safe
def roles(request: PanelRequest) -> HttpResponse:
    list_query = query_of(request, listing.FILTERS, listing.HEADINGS, listing.DEFAULT_SORT)
    found = listing.listing_of(contract_of(request), list_query, cursor=cursor_of(request), query=request.GET)
    lines = listing.lines_of(found.page.rows, permissions=request.permissions, own_id=request.user.role_id)
    context = {"listing": found, "lines": lines}
    return answer(request, page="accounts/roles/roles.html", part="accounts/roles/list.html", context=context)


@open_to(Access(Audience.CONTRACT, permission=subjects.SHOW, subject=subjects.role))
@require_safe
def role(request: PanelRequest, role_id: int) -> HttpResponse:
    found = request.subject
    held, total = queries.counted(found)
    may = {name: subjects.allows(request, change, found) for name, change in BUTTONS.items()}
    context = {
        "role": found,
        "held": held,
        "total": total,
        "number_of_users": found.users.count(),
        "parts": matrix.parts(queries.seen(found).rights, request.permissions, changeable=False),
        "may": may | {"set_state": may["modify"] and not subjects.is_own(request, found)},
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


class NewRole(ChangeView):
    """A form with name and description. `change` decides the new role's permissions."""

    access = Access(Audience.CONTRACT, permission="roles.create")
    template_name = "accounts/roles/create.html"
    form_class = NewRoleForm
    field_errors: ClassVar[FieldErrors] = {services.NameTaken: ("name", forms.NAME_TAKEN)}
    moved = MOVED

    def change(self, form: PlainForm) -> Role:
        """It can view everything that its creator can view, and nothing else."""
        return services.create_role(
            actor=self.request.user,
            contract=contract_of(self.request),
            permissions=DISPLAY_PERMISSIONS & self.request.permissions,
            origin=self.origin,
            **form.cleaned_data,
        )

    def answer(self, outcome: Role, form: PlainForm) -> HttpResponse:
        messages.success(self.request, _("The role %(role)s was created.") % {"role": outcome.name})
        return redirect(way_back(self.request, outcome))

    def cancel_url(self) -> str:
        return way_back(self.request, self.request.subject)

    def get_success_url(self) -> str:
        return self.cancel_url()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(role=self.request.subject, **kwargs)


class CloneRole(NewRole):
    access = Access(Audience.CONTRACT, permission=rules.CLONE.permission, subject=subjects.changeable(rules.CLONE))
    template_name = "accounts/roles/clone.html"

    def stored(self) -> dict[str, Any]:
        name = _("%(role)s (copy)") % {"role": self.request.subject.name}
        return {"name": name, "description": self.request.subject.description}

    def change(self, form: PlainForm) -> Role:
        request = self.request
        return services.clone_role(actor=request.user, role=request.subject, origin=self.origin, **form.cleaned_data)


class DeleteRole(ChangeRole):
    access = access_to(rules.DELETE)
    template_name = "accounts/roles/delete.html"
    done = gettext_lazy("The role %(role)s was deleted.")

    def stored(self) -> dict[str, Any]:
        return {}

    def change(self, form: PlainForm) -> bool:
        services.delete_role(actor=self.request.user, role=self.request.subject, origin=self.origin)
        return True

    def form_valid(self, form: PlainForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except services.RoleInUse:
            return self.form_invalid(form)  # the page says why there is no question

    def cancel_url(self) -> str:
        return way_back(self.request, self.request.subject)

    def get_success_url(self) -> str:
        return way_back(self.request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(number_of_users=self.request.subject.users.count(), **kwargs)
