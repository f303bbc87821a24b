"""The list of users, one user's **More Information**, and the form that creates one."""

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
from accounts.lists.responses import LIST, answer, cursor_of
from accounts.models import User
from accounts.moments import element
from accounts.outbox.rows import Mailed
from accounts.reset.responses import say_invited
from accounts.users import (
    facts,
    forms,
    handover,
    listing,
    queries,
    search,
    services,
    several,
    subjects,
)
from accounts.users.details import details_of
from accounts.users.fields import role_refused
from accounts.users.forms import NewUserForm
from accounts.users.lines import lines_of
from accounts.users.responses import MORE, RIGHT_GONE, query_of, way_back
from accounts.users.role_choice import ROLE_GONE
from accounts.users.user_access import access_of_viewer
from accounts.validators import query_value


@parts.in_parts
@open_to(Access(Audience.CONTRACT, permission="users.show"))
@require_safe
def users(request: PanelRequest) -> HttpResponse:
    return answer(request, page="accounts/users/users.html", part="accounts/users/list.html", context=_list(request))


@parts.in_parts
@open_to(Access(Audience.CONTRACT, permission="users.show", subject=subjects.sub_user))
@require_safe
def user(request: PanelRequest, user_id: int) -> HttpResponse:
    """The list with this user beside it; for htmx, one of the two."""
    asked = parts.asked(request)
    if asked == LIST:
        return parts.render_part(request, "accounts/users/list.html", _list(request) | {"sub_user": request.subject})
    more = _more(request)
    if asked == MORE:
        return parts.render_part(request, "accounts/users/more.html", more | {"part": True})
    return render(request, "accounts/users/user.html", _list(request) | more)


def _list(request: PanelRequest) -> dict[str, Any]:
    contract = contract_of(request)
    asked = search.read({name: query_value(request, name) for name in search.PARAMETERS})
    page = search.page(contract, asked, cursor=cursor_of(request), query=request.GET)
    coverage, viewer = queries.coverage(contract), subjects.viewer(request)
    return {
        "page": page,
        "listing": listing.listing_of(contract, asked, page, request.GET, coverage.total),
        "lines": lines_of(page.rows, viewer),
        "coverage": coverage,
        "several": several.offered(viewer),
        "query": query_of(request),
    }


def _more(request: PanelRequest) -> dict[str, Any]:
    sub_user, viewer = request.subject, subjects.viewer(request)
    access, lock = access_of_viewer(sub_user, viewer), queries.lock(sub_user)
    details = details_of(sub_user, viewer)
    return {
        "sub_user": sub_user,
        "groups": facts.groups_of(access, request.permissions, details, locked=lock.until is not None),
        "details": details,
        "access": access,
        "lock": lock,
        "locked_until": element(lock.until),
        "handover": handover.take(request, sub_user),
        "query": query_of(request),
    }


@method_decorator(sensitive_post_parameters("password1", "password2"), name="dispatch")
class CreateUser(PasswordView):
    access = Access(Audience.CONTRACT, permission="users.create")
    template_name = "accounts/users/create.html"
    form_class = NewUserForm
    field_errors: ClassVar[FieldErrors] = {
        services.UsernameTaken: ("username", forms.TAKEN),
        services.RoleGone: ("role", ROLE_GONE),
    }
    moved = RIGHT_GONE

    def stored(self) -> dict[str, Any]:
        return {"must_change_password": True, "invite": "on" if settings.MAIL_ENABLED else ""}

    def get_form_kwargs(self) -> dict[str, Any]:
        own = {"contract": contract_of(self.request), "viewer": subjects.viewer(self.request)}
        return super().get_form_kwargs() | own

    def form_invalid(self, form: PlainForm) -> HttpResponse:
        if why := role_refused(form):
            refuse(self.request, why)
        return super().form_invalid(form)

    def change(self, form: PlainForm) -> tuple[User, Mailed | None]:
        account = form.cleaned_data.copy()
        password = account.pop("password1")
        account.pop("password2", None)
        account |= {"actor": self.request.user, "contract": contract_of(self.request), "origin": self.origin}
        if account.pop("invite"):
            return services.create_invited_user(**account)
        return services.create_user(password=password, **account), None

    def answer(self, outcome: tuple[User, Mailed | None], form: PlainForm) -> HttpResponse:
        user, invited = outcome
        messages.success(self.request, _("User “%(username)s” created.") % {"username": user.username})
        handover.keep(
            self.request, user, password="" if form.cleaned_data["invite"] else form.cleaned_data["password1"]
        )
        if form.cleaned_data["invite"]:
            say_invited(self.request, invited)
        return redirect(way_back(self.request, user))

    def get_success_url(self) -> str:
        return way_back(self.request)
