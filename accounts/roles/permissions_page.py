"""What a role permits: boxes by section in one form, quick selection by kind, and **Assign**."""

from collections.abc import Iterable

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View

from accounts.gate import saved_input
from accounts.gate.access import Access, Audience
from accounts.gate.request import PanelRequest
from accounts.origin import Origin
from accounts.permissions import PermissionKind
from accounts.roles import matrix, queries, rules, services, subjects
from accounts.roles.forms import PermissionsForm
from accounts.roles.responses import say_moved, way_back


class RolePermissions(View):
    """GET for who sees roles, POST for who may modify them; quick selection only draws the page again."""

    access = Access(Audience.CONTRACT, subject=subjects.readable(rules.MODIFY))

    def get(self, request: PanelRequest, role_id: int) -> HttpResponse:
        if not subjects.allows(request, rules.MODIFY, request.subject) and subjects.SHOW not in request.permissions:
            subjects.check(request, rules.MODIFY, request.subject)
        if saved := saved_input.take(request):
            return self.page(request, saved.getlist("permissions"), PermissionsForm(saved))
        return self.page(request, queries.seen(request.subject).rights)

    def post(self, request: PanelRequest, role_id: int) -> HttpResponse:
        form = PermissionsForm(request.POST)
        if not form.is_valid():
            subjects.check(request, rules.MODIFY, request.subject)
            return self.page(request, request.POST.getlist("permissions"), form)
        chosen = frozenset(form.cleaned_data["permissions"])
        subjects.check(request, rules.MODIFY, request.subject, after=chosen)
        if "quick" in request.POST:
            return self.page(request, chosen | (quick(request.POST["quick"]) & request.permissions), form)
        self.assign(request, chosen)
        return redirect(way_back(request, request.subject))

    def assign(self, request: PanelRequest, chosen: frozenset[str]) -> None:
        try:
            changed = services.set_permissions(
                actor=request.user, role=request.subject, permissions=chosen, origin=Origin.from_request(request)
            )
        except services.RoleMoved:
            say_moved(request)
            return
        said = _("The permissions of the role %(role)s were changed.") if changed else _("Nothing was changed.")
        kind = messages.SUCCESS if changed else messages.INFO
        messages.add_message(request, kind, said % {"role": request.subject.name})

    def page(self, request: PanelRequest, ticked: Iterable[str], form: PermissionsForm | None = None) -> HttpResponse:
        role, why_not = request.subject, rules.refusal(rules.MODIFY, request.permissions, queries.seen(request.subject))
        parts = matrix.parts(ticked, request.permissions, changeable=why_not is None)
        context = {
            "role": role,
            "form": form or PermissionsForm(),
            "parts": parts,
            "ticked": sum(part.ticked for part in parts),
            "total": matrix.total(),
            "kinds": matrix.KINDS,
            "why_not": why_not,
            "unsaved": form is not None and form.is_valid(),
            "cancel_url": way_back(request, role),
        }
        return render(request, "accounts/roles/permissions.html", context)


def quick(kind: str) -> frozenset[str]:
    if kind not in list(PermissionKind):
        raise BadRequest(_("This selection doesn't exist."))
    return matrix.of_kind(PermissionKind(kind))
