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
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.change_view import FieldErrors, PasswordView
from accounts.gate.refusals import contract_of, refuse
from accounts.gate.request import PanelRequest
from accounts.lists.paging import CURSOR, CURSOR_MAX_LENGTH
from accounts.models import User
from accounts.reset.responses import say_invited
from accounts.users import facts, forms, handover, queries, rules, search, services, subjects
from accounts.users.columns import columns
from accounts.users.fields import BEYOND
from accounts.users.forms import CreateForm
from accounts.users.responses import way_back
from accounts.validators import query_value


@open_to(Access(Audience.CONTRACT, permission="users.show"))
@require_safe
def users(request: PanelRequest) -> HttpResponse:
    contract = contract_of(request)
    asked = search.read({name: query_value(request, name) for name in search.PARAMETERS})
    cursor = query_value(request, CURSOR, max_length=CURSOR_MAX_LENGTH)
    page = search.page(contract, asked, cursor=cursor, query=request.GET)
    context = {
        "page": page,
        "asked": asked,
        "columns": columns(asked, request.GET),
        "coverage": queries.coverage(contract),
        "state_choices": search.STATE_CHOICES,
        "required_choices": search.REQUIRED_CHOICES,
        "two_factor_choices": search.TWO_FACTOR_CHOICES,
        "attention_choices": search.ATTENTION_CHOICES,
        "several": subjects.several(request),
        "select": any(subjects.several(request).values()),
        "role_choices": [("", _("All")), *((role.pk, role.name) for role in queries.roles(contract))],
    }
    return render(request, "accounts/users/users.html", context)


@open_to(Access(Audience.CONTRACT, permission="users.show", subject=subjects.sub_user))
@require_safe
def user(request: PanelRequest, user_id: int) -> HttpResponse:
    member = request.subject
    reach = facts.access_of_viewer(member, subjects.viewer(request))
    lock = queries.lock(member)
    context = {
        "member": member,
        "facts": facts.facts_of(reach, invited_at=queries.invited_at(member)),
        "reach": reach,
        "lock": lock,
        "locked_until": facts.moment(lock.until),
        "handover": handover.take(request, member),
    }
    return render(request, "accounts/users/user.html", context)


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
