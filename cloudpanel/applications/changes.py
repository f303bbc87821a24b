"""The forms that change one application: one URL, one form, one service."""

from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import ChangeView, FieldErrors
from cloudpanel.applications import forms, rules, services
from cloudpanel.applications.models import Application
from cloudpanel.applications.responses import MOVED, way_back
from cloudpanel.applications.subjects import application


def access_to(permission: str) -> Access:
    return Access(Audience.CONTRACT, permission=permission, subject=application)


class ChangeApplication(ChangeView):
    """Texts can use %(application)s, the application's name."""

    template_name = "applications/change.html"
    moved = MOVED

    @property
    def application(self) -> Application:
        found: Application = self.request.subject
        return found

    def stored(self) -> dict[str, Any]:
        return {name: getattr(self.application, name) for name in self.get_form_class().base_fields}

    def names(self) -> dict[str, Any]:
        return {"application": self.application.name}

    def common(self) -> dict[str, Any]:
        """The arguments that all services take."""
        return {"actor": self.request.user, "application": self.application, "origin": self.origin}

    def get_success_url(self) -> str:
        return way_back(self.request, self.application)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = {"application": self.application, "submit": _("Save changes")}
        return super().get_context_data(**own | kwargs)


class ApplicationName(ChangeApplication):
    access = access_to("applications.set_name")
    form_class = forms.ApplicationNameForm
    heading = gettext_lazy("Change the name of the application %(application)s")
    done = gettext_lazy("The application %(application)s was renamed.")

    def change(self, form: PlainForm) -> bool:
        return services.set_name(name=form.cleaned_data["name"], **self.common())


class ApplicationDescription(ChangeApplication):
    access = access_to("applications.set_description")
    form_class = forms.ApplicationDescriptionForm
    heading = gettext_lazy("Change the description of the application %(application)s")
    done = gettext_lazy("The description of the application %(application)s was changed.")

    def change(self, form: PlainForm) -> bool:
        return services.set_description(description=form.cleaned_data["description"], **self.common())


class ApplicationOrigin(ChangeApplication):
    access = access_to("applications.modify")
    form_class = forms.OriginForm
    field_errors: ClassVar[FieldErrors] = {services.OriginTaken: ("origin", forms.ORIGIN_TAKEN)}
    heading = gettext_lazy("Change the origin of the application %(application)s")
    text = gettext_lazy(
        "Everybody has to open the application again. Change the proxy's configuration as well: the old origin can be "
        "registered again in any contract of this panel, and whoever registers it decides who gets in."
    )
    done = gettext_lazy("The origin of the application %(application)s was changed.")

    def change(self, form: PlainForm) -> bool:
        return services.set_origin(new=form.cleaned_data["origin"], **self.common())


class ApplicationAccess(ChangeApplication):
    access = access_to("applications.manage_access")
    form_class = forms.AccessForm
    heading = gettext_lazy("Change who may open the application %(application)s")
    done = gettext_lazy("Who may open the application %(application)s was changed.")

    def stored(self) -> dict[str, Any]:
        return {"who": self.application.who, "roles": [role.pk for role in self.application.roles.all()]}

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"roles": self.application.contract.roles.order_by("name_key", "id")}

    def change(self, form: PlainForm) -> bool:
        return services.set_access(who=form.cleaned_data["who"], roles=form.cleaned_data["roles"], **self.common())


class Lowered(Exception):
    """Somebody other than the owner tried to lower the requirement."""


class ApplicationNeeds(ChangeApplication):
    access = access_to("applications.modify")
    form_class = forms.NeedsForm
    field_errors: ClassVar[FieldErrors] = {Lowered: ("needs", forms.LOWERS)}
    heading = gettext_lazy("Change what the application %(application)s needs")
    done = gettext_lazy("What the application %(application)s needs was changed.")

    def change(self, form: PlainForm) -> bool:
        needs, minutes = form.cleaned_data["needs"], form.cleaned_data["reauthenticate_minutes"]
        old = (self.application.needs, self.application.reauthenticate_minutes)
        if rules.lowers(old, (needs, minutes)) and not self.request.is_owner:
            raise Lowered
        return services.set_needs(needs=needs, minutes=minutes, **self.common())


class ApplicationState(ChangeApplication):
    access = access_to("applications.modify")
    form_class = forms.ApplicationStateForm
    heading = gettext_lazy("Change the state of the application %(application)s")
    done = gettext_lazy("The state of the application %(application)s was changed.")

    def stored(self) -> dict[str, Any]:
        return {"state": "active" if self.application.is_active else "disabled"}

    def change(self, form: PlainForm) -> bool:
        return services.set_state(active=form.cleaned_data["state"] == "active", **self.common())


class ApplicationDelete(ChangeApplication):
    access = access_to("applications.delete")
    template_name = "applications/delete.html"
    heading = gettext_lazy("Delete the application %(application)s?")
    text = gettext_lazy(
        "Nobody can open it through the panel any more. Its log entries stay readable. Remove the proxy's "
        "configuration as well: the origin can be registered again in any contract of this panel, and whoever "
        "registers it decides who gets in."
    )
    done = gettext_lazy("The application %(application)s was deleted.")

    def change(self, form: PlainForm) -> bool:
        services.delete_application(**self.common())
        return True

    def answer(self, outcome: bool, form: PlainForm) -> HttpResponse:
        messages.success(self.request, self.message(outcome))
        return redirect(way_back(self.request))
