"""`/applications/`: the applications that the person may open."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.gate.access import Access, Audience, open_to
from accounts.gate.request import PanelRequest
from cloudpanel.applications import queries
from cloudpanel.applications.access import can_open
from cloudpanel.applications.models import Application
from cloudpanel.applications.subjects import person_of


@open_to(Access(Audience.ACCOUNT))
@require_safe
def launch(request: PanelRequest) -> HttpResponse:
    shown = [found for found in queries.reachable(request.user) if _is_shown(request, found)]
    return render(request, "applications/launch.html", {"applications": shown})


def _is_shown(request: PanelRequest, application: Application) -> bool:
    """Also if something is left to do first: opening the application leads to it."""
    listed: bool = application.role_listed  # type: ignore[attr-defined]  # annotated by the query
    return can_open(application.rules(), person_of(request, role_listed=listed))
