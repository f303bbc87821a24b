"""The table of users, one user's **More Information**, and the form that creates one."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.gate import saved_input
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.refusals import contract_of, refuse
from accounts.gate.request import PanelRequest
from accounts.lists.paging import CURSOR, CURSOR_MAX_LENGTH
from accounts.models import User
from accounts.origin import Origin
from accounts.reset.responses import say_invited
from accounts.users import facts, forms, queries, rules, search, services, subjects
from accounts.users.columns import columns
from accounts.users.fields import BEYOND
from accounts.users.forms import CreateForm
from accounts.users.responses import redraw_with_suggestion, way_back
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


@open_to(Access(Audience.CONTRACT, permission="users.show", subject=subjects.member))
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
    }
    return render(request, "accounts/users/user.html", context)


@method_decorator(sensitive_post_parameters("password1", "password2"), name="dispatch")
class CreateUser(View):
    access = Access(Audience.CONTRACT, permission="users.create")

    def get(self, request: PanelRequest) -> HttpResponse:
        initial = saved_input.initial(request, CreateForm, must_change_password=True)
        return self.page(request, self.form(request, initial=initial))

    def post(self, request: PanelRequest) -> HttpResponse:
        if "suggest" in request.POST:
            return self.page(request, redraw_with_suggestion(self.form, request))
        form = self.form(request, request.POST)
        created = self.create(request, form) if form.is_valid() else None
        if form.has_error("role", BEYOND):
            refuse(request, rules.ROLE_BEYOND)
        if created is None:
            return self.page(request, form)
        messages.success(request, _("User “%(username)s” created.") % {"username": created.username})
        if form.cleaned_data["invite"]:
            say_invited(request, created, invited=True)
        return redirect(way_back(request, created))

    def form(self, request: PanelRequest, *args: Any, **kwargs: Any) -> CreateForm:
        return CreateForm(*args, contract=contract_of(request), viewer=subjects.viewer(request), **kwargs)

    def create(self, request: PanelRequest, form: CreateForm) -> User | None:
        """The new user, or None with the sentence in the form."""
        account = form.cleaned_data.copy()
        password = account.pop("password1")
        del account["password2"]
        account |= {"actor": request.user, "contract": form.contract, "origin": Origin.from_request(request)}
        try:
            if account.pop("invite"):
                return services.create_invited_user(**account)
            return services.create_user(password=password, **account)
        except services.UsernameTaken:
            form.add_error("username", forms.TAKEN)
        except services.RoleGone:
            form.add_error("role", forms.ROLE_GONE)
        return None

    def page(self, request: PanelRequest, form: CreateForm) -> HttpResponse:
        return render(request, "accounts/users/create.html", {"form": form, "cancel_url": way_back(request)})
