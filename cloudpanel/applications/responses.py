"""Where forms for applications redirect to, and the messages if somebody else was faster."""

from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.gate.change_view import Sentences
from accounts.gate.request import PanelRequest
from cloudpanel.applications.models import Application
from cloudpanel.applications.services import ApplicationMoved
from cloudpanel.applications.subjects import SHOW

MOVED: Sentences = {
    ApplicationMoved: gettext_lazy(
        "Nothing was changed: somebody else has just changed this application. Check it and try again."
    )
}


def way_back(request: PanelRequest, application: Application | None = None) -> str:
    """The application, or else the list; the Overview for people who may not see applications."""
    if SHOW not in request.permissions:
        return reverse("overview")
    return reverse("application", args=[application.pk]) if application else reverse("applications")
