"""Where a form about applications leads, and what it says when somebody else was faster."""

from django.contrib import messages
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.gate.request import PanelRequest
from cloudpanel.applications.models import Application
from cloudpanel.applications.subjects import SHOW


def way_back(request: PanelRequest, application: Application | None = None) -> str:
    """To the application, else to the list; to Overview for people who may change applications but not see them."""
    if SHOW not in request.permissions:
        return reverse("overview")
    return reverse("application", args=[application.pk]) if application else reverse("applications")


def say_moved(request: PanelRequest) -> None:
    messages.warning(
        request, _("Nothing was changed: somebody else has just changed this application. Check it and try again.")
    )
