"""The table of users, one user's **More Information**, and the form that creates one."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.forms import PlainForm
from accounts.gate import parts
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.change_view import FieldErrors, PasswordView
from accounts.gate.refusals import contract_of, refuse
from accounts.gate.request import PanelRequest
from accounts.lists.paging import CURSOR, CURSOR_MAX_LENGTH
from accounts.models import User
from accounts.reset.responses import say_invited
from accounts.users import (
    facts,
    forms,
    handover,
    invitations,
    listing,
    queries,
    rules,
    search,
    services,
    subjects,
)
from accounts.users.columns import columns
from accounts.users.fields import BEYOND
from accounts.users.forms import CreateForm
from accounts.users.lines import lines_of
from accounts.users.responses import MORE, query_of, way_back
from accounts.validators import query_value

LIST = "list"
"""The id of the table on the page."""


@parts.in_parts
@open_to(Access(Audience.CONTRACT, permission="users.show"))
@require_safe
def users(request: PanelRequest) -> HttpResponse:
    context = _list(request)
    if parts.asked(request) == LIST:
        return parts.render_part(request, "accounts/users/list.html", context)
    return render(request, "accounts/users/users.html", context)


@parts.in_parts
@open_to(Access(Audience.CONTRACT, permission="users.show", subject=subjects.sub_user))
@require_safe
def user(request: PanelRequest, user_id: int) -> HttpResponse:
    """The list with this user beside it; asked for by htmx, one of the two."""
    asked = parts.asked(request)
    if asked == LIST:
        return parts.render_part(request, "accounts/users/list.html", _list(request) | {"member": request.subject})
    more = _more(request)
    if asked == MORE:
        return parts.render_part(request, "accounts/users/more.html", more | {"part": True})
    return render(request, "accounts/users/user.html", _list(request) | more)


def _list(request: PanelRequest) -> dict[str, Any]:
    contract = contract_of(request)
    asked = search.read({name: query_value(request, name) for name in search.PARAMETERS})
    cursor = query_value(request, CURSOR, max_length=CURSOR_MAX_LENGTH)
    page = search.page(contract, asked, cursor=cursor, query=request.GET)
    coverage, several = queries.coverage(contract), subjects.several(request)
    filters = listing.filters_of(asked, queries.roles(contract))
    return {
        "page": page,
        "lines": lines_of(page.rows, subjects.viewer(request)),
        "asked": asked,
        "columns": columns(asked, request.GET),
        "coverage": coverage,
        "filters": filters,
        "chips": listing.chips(filters, asked, request.GET),
        "matching": listing.matching(contract, asked, page) if asked.narrowed else coverage.total,
        "several": several,
        "select": any(several.values()),
        "query": query_of(request),
    }


def _more(request: PanelRequest) -> dict[str, Any]:
    member, viewer = request.subject, subjects.viewer(request)
    access, lock = facts.access_of_viewer(member, viewer), queries.lock(member)
    return {
        "member": member,
        "groups": facts.groups_of(access, request.permissions, invited_at=invitations.invited_at(member)),
        "reach": access,
        "lock": lock,
        "locked_until": facts.moment(lock.until),
        "handover": handover.take(request, member),
        "query": query_of(request),
    }


@method_decorator(sensitive_post_parameters("password1", "password2"), name="dispatch")
class CreateUser(PasswordView):
    access = Access(Audience.CONTRACT, permission="users.create")
    template_name = "accounts/users/create.html"
    form_class = CreateForm
    field_errors: ClassVar[FieldErrors] = {
        services.UsernameTaken: ("username", forms.TAKEN),
        services.RoleGone: ("role", forms.ROLE_GONE),
    }

    def stored(self) -> dict[str, Any]:
        return {"must_change_password": True, "invite": "on" if settings.MAIL_ENABLED else ""}

    def get_form_kwargs(self) -> dict[str, Any]:
        own = {"contract": contract_of(self.request), "viewer": subjects.viewer(self.request)}
        return super().get_form_kwargs() | own

    def form_invalid(self, form: PlainForm) -> HttpResponse:
        if form.has_error("role", BEYOND):
            refuse(self.request, rules.ROLE_BEYOND)
        return super().form_invalid(form)

    def change(self, form: PlainForm) -> User:
        account = form.cleaned_data.copy()
        password = account.pop("password1")
        account.pop("password2", None)
        account |= {"actor": self.request.user, "contract": contract_of(self.request), "origin": self.origin}
        if account.pop("invite"):
            return services.create_invited_user(**account)
        return services.create_user(password=password, **account)

    def answer(self, outcome: User, form: PlainForm) -> HttpResponse:
        messages.success(self.request, _("User “%(username)s” created.") % {"username": outcome.username})
        handover.keep(
            self.request, outcome, password="" if form.cleaned_data["invite"] else form.cleaned_data["password1"]
        )
        if form.cleaned_data["invite"]:
            say_invited(self.request, outcome, invited=True)
        return redirect(way_back(self.request, outcome))

    def get_success_url(self) -> str:
        return way_back(self.request)
