"""The permissions of a role: checkboxes by section in one form, a quick selection, and **Assign**."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import PlainForm
from accounts.gate import saved_input
from accounts.gate.access import Access, Audience
from accounts.permissions import NOT_PERMITTED, PermissionKind
from accounts.roles import matrix, queries, rules, services, subjects
from accounts.roles.changes import ChangeRole
from accounts.roles.forms import PermissionsForm

ONLY_TO_READ = gettext_lazy("You can view these permissions but not change them.")


class RolePermissions(ChangeRole):
    """GET for people who can view roles, POST for those who can change them. The quick selection only draws the page
    again."""

    access = Access(Audience.CONTRACT, subject=subjects.readable(rules.MODIFY))
    template_name = "accounts/roles/permissions.html"
    form_class = PermissionsForm
    done = gettext_lazy("The permissions of the role %(role)s were changed.")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if saved := saved_input.take(self.request):
            return self.page(PermissionsForm(saved), saved.getlist("permissions"))
        return self.page(PermissionsForm(), queries.seen(self.request.subject).rights)

    def form_valid(self, form: PlainForm) -> HttpResponse:
        request, chosen = self.request, frozenset(form.cleaned_data["permissions"])
        subjects.check(request, rules.MODIFY, request.subject, after=chosen)
        if "quick" in request.POST:
            return self.page(form, chosen | (quick(request.POST["quick"]) & request.permissions))
        return super().form_valid(form)

    def form_invalid(self, form: PlainForm) -> HttpResponse:
        return self.page(form, self.request.POST.getlist("permissions"))

    def change(self, form: PlainForm) -> bool:
        request, chosen = self.request, frozenset(form.cleaned_data["permissions"])
        return services.set_permissions(
            actor=request.user, role=request.subject, permissions=chosen, origin=self.origin
        )

    def page(self, form: PlainForm, ticked: Iterable[str]) -> HttpResponse:
        request, role = self.request, self.request.subject
        why_not = rules.refusal(rules.MODIFY, request.permissions, queries.seen(role))
        parts = matrix.parts(ticked, request.permissions, changeable=why_not is None)
        context = {
            "form": form,
            "parts": parts,
            "ticked": sum(part.ticked for part in parts),
            "total": matrix.total(),
            "kinds": matrix.KINDS,
            "why_not": ONLY_TO_READ if why_not is NOT_PERMITTED else why_not,
            "unsaved": form.is_bound and form.is_valid(),
        }
        return self.render_to_response(self.get_context_data(**context))


def quick(kind: str) -> frozenset[str]:
    if kind not in list(PermissionKind):
        raise BadRequest(_("This selection doesn't exist."))
    return matrix.of_kind(PermissionKind(kind))
