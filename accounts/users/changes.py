"""The pencils, and the two questions: one address, one user, one form, one service.

The rule: GET shows, POST acts. Whom the viewer may do it to was settled by the gate, through `subjects.changeable`.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views import View

from accounts.forms import PlainForm
from accounts.gate import saved_input
from accounts.gate.access import Access, Audience
from accounts.gate.refusals import refuse
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.notices import services as notices
from accounts.origin import Origin
from accounts.users import forms, rules, services, subjects
from accounts.users.fields import BEYOND
from accounts.users.responses import way_back
from accounts.users.rules import Change


def access_to(change: Change, *, fresh: bool = False) -> Access:
    return Access(Audience.CONTRACT, permission=change.permission, fresh=fresh, subject=subjects.changeable(change))


class MemberForm(View):
    """One user, one form. Sentences may name the user by %(username)s."""

    template = "accounts/users/change.html"
    form_class: type[PlainForm] = PlainForm
    heading: str | Promise
    text: str | Promise = ""
    done: str | Promise = ""
    unchanged: str | Promise = gettext_lazy("Nothing was changed.")

    def get(self, request: PanelRequest, user_id: int) -> HttpResponse:
        initial = saved_input.initial(request, self.form_class, **self.initial(request.subject))
        return self.page(request, self.form(request, initial=initial))

    def post(self, request: PanelRequest, user_id: int) -> HttpResponse:
        form = self.form(request, request.POST)
        changed = form.is_valid() and self.act(request, form)
        if not form.is_valid():
            return self.invalid(request, form)
        said = str(self.done if changed else self.unchanged) % {"username": request.subject.username}
        messages.add_message(request, messages.SUCCESS if changed else messages.INFO, said)
        notices.outcome_message(request, request.subject)
        return redirect(self.leads_to(request))

    def initial(self, member: User) -> dict[str, Any]:
        return {name: getattr(member, name) for name in self.form_class.base_fields}

    def explanation(self) -> str | Promise:
        return self.text

    def form(self, request: PanelRequest, *args: Any, **kwargs: Any) -> PlainForm:
        return self.form_class(*args, **kwargs)

    def act(self, request: PanelRequest, form: PlainForm) -> bool:
        raise NotImplementedError

    def invalid(self, request: PanelRequest, form: PlainForm) -> HttpResponse:
        return self.page(request, form)

    def leads_to(self, request: PanelRequest) -> str:
        return way_back(request, request.subject)

    def page(self, request: PanelRequest, form: PlainForm) -> HttpResponse:
        member = request.subject
        names, suggest = {"username": member.username}, isinstance(form, forms.PasswordPairForm)
        context = {
            "member": member,
            "form": form,
            "heading": str(self.heading) % names,
            "text": str(self.explanation()) % names,
            "cancel_url": way_back(request, member),
            "suggest": suggest,
            "password_for": member.username if suggest else "",
        }
        return render(request, self.template, context)


class UserName(MemberForm):
    access = access_to(rules.NAME)
    form_class = forms.NameForm
    heading = gettext_lazy("Change the name of %(username)s")
    done = gettext_lazy("The name of %(username)s was changed.")

    def act(self, request: PanelRequest, form: PlainForm) -> bool:
        return services.set_name(
            actor=request.user,
            target=request.subject,
            origin=Origin.from_request(request),
            name=form.cleaned_data["name"],
        )


class UserDescription(MemberForm):
    access = access_to(rules.DESCRIPTION)
    form_class = forms.DescriptionForm
    heading = gettext_lazy("Change the description of %(username)s")
    done = gettext_lazy("The description of %(username)s was changed.")

    def act(self, request: PanelRequest, form: PlainForm) -> bool:
        description = form.cleaned_data["description"]
        return services.set_description(
            actor=request.user, target=request.subject, origin=Origin.from_request(request), description=description
        )


class UserRole(MemberForm):
    access = access_to(rules.ROLE)
    form_class = forms.RoleForm
    heading = gettext_lazy("Change the role of %(username)s")
    text = gettext_lazy("The new permissions apply from the next page that %(username)s opens.")
    done = gettext_lazy("The role of %(username)s was changed.")

    def initial(self, member: User) -> dict[str, Any]:
        return {"role": member.role_id}

    def form(self, request: PanelRequest, *args: Any, **kwargs: Any) -> forms.RoleForm:
        contract = request.subject.contract
        return forms.RoleForm(*args, contract=contract, viewer=subjects.viewer(request), **kwargs)

    def invalid(self, request: PanelRequest, form: PlainForm) -> HttpResponse:
        if form.has_error("role", BEYOND):
            refuse(request, rules.ROLE_BEYOND, request.subject)
        return super().invalid(request, form)

    def act(self, request: PanelRequest, form: PlainForm) -> bool:
        try:
            return services.set_role(
                actor=request.user,
                target=request.subject,
                origin=Origin.from_request(request),
                role=form.cleaned_data["role"],
            )
        except services.RoleGone:
            form.add_error("role", forms.ROLE_GONE)
            return False


class UserState(MemberForm):
    """To activate and to deactivate are two permissions; the subject reads which of them is asked for."""

    access = Access(Audience.CONTRACT, subject=subjects.with_new_state)
    form_class = forms.StateForm
    heading = gettext_lazy("Change the status of %(username)s")
    done = gettext_lazy("The status of %(username)s was changed.")

    def initial(self, member: User) -> dict[str, Any]:
        return {"state": "active" if member.is_active else "deactivated"}

    def act(self, request: PanelRequest, form: PlainForm) -> bool:
        active = form.cleaned_data["state"] == "active"
        return services.set_state(
            actor=request.user, target=request.subject, origin=Origin.from_request(request), active=active
        )


class UserUnlock(MemberForm):
    access = access_to(rules.UNLOCK)
    template = "accounts/users/question.html"
    heading = gettext_lazy("Unlock %(username)s?")
    text = gettext_lazy("All failed attempts counted so far are cleared, and %(username)s can log in again.")
    done = gettext_lazy("%(username)s was unlocked.")
    unchanged = gettext_lazy("%(username)s was not locked.")

    def act(self, request: PanelRequest, form: PlainForm) -> bool:
        return services.unlock(actor=request.user, target=request.subject, origin=Origin.from_request(request))


class UserDelete(MemberForm):
    access = access_to(rules.DELETE)
    template = "accounts/users/question.html"
    heading = gettext_lazy("Delete %(username)s?")
    text = gettext_lazy("This permanently deletes the user account %(username)s. Its log entries stay readable.")
    done = gettext_lazy("The user %(username)s was deleted.")

    def act(self, request: PanelRequest, form: PlainForm) -> bool:
        return services.delete_user(actor=request.user, target=request.subject, origin=Origin.from_request(request))

    def leads_to(self, request: PanelRequest) -> str:
        return way_back(request)
