"""Who has a role, and, for who may give it, who else could get it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from accounts.gate import saved_input
from accounts.gate.access import Access, Audience
from accounts.gate.refusals import refuse
from accounts.gate.request import PanelRequest
from accounts.lists.paging import CURSOR, CURSOR_MAX_LENGTH, Sort, page_of
from accounts.models import Role, User
from accounts.origin import Origin
from accounts.roles import queries, rules, services, subjects
from accounts.roles.forms import UsersForm
from accounts.roles.responses import say_moved
from accounts.users import services as users
from accounts.users.queries import latent_rights
from accounts.validators import query_value

BY_NAME = Sort("name_key")
ADD = "add"


class RoleUsers(View):
    """GET shows the role's users, with `?show=add` those who could be put into it. POST puts them there."""

    access = Access(Audience.CONTRACT, subject=subjects.readable(rules.USERS))

    def get(self, request: PanelRequest, role_id: int) -> HttpResponse:
        return self.page(request, UsersForm(initial=saved_input.initial(request, UsersForm)))

    def post(self, request: PanelRequest, role_id: int) -> HttpResponse:
        role: Role = request.subject
        subjects.check(request, rules.USERS, role)
        form = UsersForm(request.POST)
        if not form.is_valid():
            return self.page(request, form)
        self.put_and_say(request, role, self.chosen(request, role, form.cleaned_data["ids"]))
        return redirect("role_users", role.pk)

    def chosen(self, request: PanelRequest, role: Role, ids: list[int]) -> list[User]:
        """All of these users, or nobody: one who isn't in the contract is a 404, one beyond reach a 403."""
        found = queries.chosen(role.contract, ids)
        if len(found) < len(set(ids)):
            raise Http404
        rights = {user.pk: latent_rights(user.role) for user in found}
        why = rules.refusal_to_move(request.permissions, request.user.pk, rights)
        if why:
            refuse(request, why, role)
        return found

    def put_and_say(self, request: PanelRequest, role: Role, members: list[User]) -> None:
        try:
            number = services.put_users(
                actor=request.user, role=role, members=members, origin=Origin.from_request(request)
            )
        except (services.RoleMoved, users.RoleGone):
            say_moved(request)
            return
        said = ngettext("%(number)s user now has this role.", "%(number)s users now have this role.", number)
        if number:
            messages.success(request, said % {"number": number})
        else:
            messages.info(request, _("Nothing was changed."))

    def page(self, request: PanelRequest, form: UsersForm) -> HttpResponse:
        role, q = request.subject, query_value(request, "q")
        may_put = subjects.allows(request, rules.USERS, role)
        adding = may_put and (
            query_value(request, "show") == ADD or form.is_bound or subjects.SHOW not in request.permissions
        )
        if not may_put and subjects.SHOW not in request.permissions:
            subjects.check(request, rules.USERS, role)
        listed = queries.others(role, q=q, but=request.user.pk) if adding else queries.users_of(role, q=q)
        cursor = query_value(request, CURSOR, max_length=CURSOR_MAX_LENGTH)
        context = {
            "role": role,
            "form": form,
            "q": q,
            "adding": adding,
            "ticked": form["ids"].value() or [],
            "may_put": may_put,
            "page": page_of(listed, BY_NAME, cursor=cursor, query=request.GET),
        }
        return render(request, "accounts/roles/users.html", context)
