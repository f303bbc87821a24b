"""Management > Applications: the list, one application, and the form that creates one."""

from typing import ClassVar

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.forms import PlainForm
from accounts.gate import parts
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.change_view import ChangeView, FieldErrors
from accounts.gate.refusals import contract_of
from accounts.gate.request import PanelRequest
from accounts.lists.responses import answer, cursor_of, query_of
from cloudpanel.applications import forms, listing, origins, queries, services
from cloudpanel.applications.facts import facts_of
from cloudpanel.applications.models import Application
from cloudpanel.applications.next_step import next_step
from cloudpanel.applications.openid import sentences as openid
from cloudpanel.applications.responses import MOVED, way_back
from cloudpanel.applications.subjects import MODIFY, SHOW
from cloudpanel.applications.subjects import application as subject


@parts.in_parts
@open_to(Access(Audience.CONTRACT, permission=SHOW))
@require_safe
def applications(request: PanelRequest) -> HttpResponse:
    list_query = query_of(request, listing.FILTERS, listing.HEADINGS, listing.DEFAULT_SORT)
    found = listing.listing_of(contract_of(request), list_query, cursor=cursor_of(request), query=request.GET)
    context = {"listing": found, "lines": listing.lines_of(found.page.rows, request.permissions)}
    return answer(request, page="applications/applications.html", part="applications/list.html", context=context)


@open_to(Access(Audience.CONTRACT, permission=SHOW, subject=subject))
@require_safe
def application(request: PanelRequest, application_id: int) -> HttpResponse:
    found: Application = request.subject
    context = {
        "application": found,
        "facts": facts_of(
            found,
            roles=queries.role_names(found),
            openid=openid.of_openid(found),
            permissions=request.permissions,
        ),
        "private": origins.is_private(found.origin),
        "next_step": next_step(found) if MODIFY in request.permissions else "",
    }
    return render(request, "applications/application.html", context)


class CreateApplication(ChangeView):
    access = Access(Audience.CONTRACT, permission="applications.create")
    template_name = "applications/create.html"
    form_class = forms.NewApplicationForm
    field_errors: ClassVar[FieldErrors] = {services.OriginTaken: ("origin", forms.ORIGIN_TAKEN)}
    moved = MOVED
    heading = gettext_lazy("Create an application")

    def get_success_url(self) -> str:
        return way_back(self.request)

    def change(self, form: PlainForm) -> Application:
        return services.create_application(
            actor=self.request.user,
            contract=contract_of(self.request),
            values=form.cleaned_data,
            origin=self.origin,
        )

    def answer(self, outcome: Application, form: PlainForm) -> HttpResponse:
        messages.success(
            self.request, _("The application %(application)s was created.") % {"application": outcome.name}
        )
        if outcome.openid and MODIFY in self.request.permissions:  # it has no client yet, so its addresses come first
            return redirect("application_openid", outcome.pk)
        return redirect(way_back(self.request, outcome))
