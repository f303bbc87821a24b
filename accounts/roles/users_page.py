"""The users of a role and, for people who may assign it, the users who could be added."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.refusals import refuse
from accounts.gate.request import PanelRequest
from accounts.lists import counting
from accounts.lists.listing import Listing
from accounts.lists.paging import Sort, page_of
from accounts.lists.responses import cursor_of
from accounts.models import User
from accounts.roles import queries, rules, services, subjects
from accounts.roles.changes import ChangeRole
from accounts.roles.forms import UsersForm
from accounts.users import services as users
from accounts.users.queries import latent_rights
from accounts.users.status import Status, status_of, statuses_of
from accounts.users.subjects import SHOW as USERS_SHOW
from accounts.validators import query_value

BY_NAME = Sort("name_key")
ADD = "add"


class RoleUsers(ChangeRole):
    """GET shows the role's users, or with `?show=add` those who could be added. POST adds them."""

    access = Access(Audience.CONTRACT, subject=subjects.readable(rules.USERS))
    template_name = "accounts/roles/users.html"
    form_class = UsersForm

    def stored(self) -> dict[str, Any]:
        return {}

    def change(self, form: PlainForm) -> int:
        chosen = self.chosen(form.cleaned_data["ids"])
        try:
            return services.put_users(
                actor=self.request.user, role=self.request.subject, targets=chosen, origin=self.origin
            )
        except users.RoleGone as gone:
            raise services.RoleMoved from gone

    def chosen(self, ids: list[int]) -> list[User]:
        """All of these users, or a refusal: 404 for one who isn't in the contract, 403 for one with more
        permissions."""
        request, role = self.request, self.request.subject
        found = queries.chosen(role.contract, ids)
        if len(found) < len(set(ids)):
            raise Http404
        rights = {user.pk: latent_rights(user.role) for user in found}
        why = rules.refusal_to_move(request.permissions, request.user.pk, rights)
        if why:
            refuse(request, why, role)
        return found

    def message(self, outcome: int) -> str:
        text = ngettext("%(number)s user now has this role.", "%(number)s users now have this role.", outcome)
        return text % {"number": outcome}

    def get_success_url(self) -> str:
        return reverse("role_users", args=[self.request.subject.pk])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        request, role, form = self.request, self.request.subject, context["form"]
        q, may_put = query_value(request, "q"), subjects.allows(request, rules.USERS, role)
        adding = may_put and (
            query_value(request, "show") == ADD or form.is_bound or subjects.SHOW not in request.permissions
        )
        listing = self.listing(queries.others(role, but=request.user.pk) if adding else queries.users_of(role), q)
        lines = list(zip(listing.page.rows, _statuses(request, listing.page.rows), strict=True))
        own = {
            "by_email": USERS_SHOW in request.permissions,
            "adding": adding,
            "may_put": may_put,
            "ticked": form["ids"].value() or [],
        }
        return context | own | {"listing": listing, "lines": lines}

    def listing(self, everybody: QuerySet[User], q: str) -> Listing[User]:
        request, role = self.request, self.request.subject
        sought = everybody.filter(queries.matching(q, by_email=USERS_SHOW in request.permissions))
        page = page_of(sought, BY_NAME, cursor=cursor_of(request), query=request.GET)
        numbers = counting.count(role.contract, {"matching": sought, "total": everybody})
        return Listing(self.get_success_url(), page, numbers["matching"], numbers["total"], q=q, narrowed=bool(q))


def _statuses(request: PanelRequest, users: list[User]) -> list[Status]:
    """Who may not see users isn't told who is locked or invited."""
    if USERS_SHOW in request.permissions:
        return statuses_of(users)
    return [status_of(user, locked=False, invitation=None) for user in users]
