"""Where forms for applications redirect to, and the messages if somebody else was faster.

Also where a person has to go before an application opens, by the guard or OpenID Connect alike.
"""

from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.gate.change_view import Sentences
from accounts.gate.request import PanelRequest
from cloudpanel.applications.models import Application, Needs
from cloudpanel.applications.services import ApplicationMoved
from cloudpanel.applications.subjects import SHOW
from twofactor.keys import demand
from twofactor.login.flow import AFTER_SETUP

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


def to_setup(request: PanelRequest, application: Application, *, address: str) -> HttpResponse:
    """Redirects to the setup, which says why, and then continues at `address`."""
    request.session[AFTER_SETUP] = address
    if application.needs == Needs.PASSKEY:
        for_a_key(request, application, address=address)
    else:
        sentence = _("%(application)s needs two-factor authentication. Set it up here to open the application.")
        messages.info(request, sentence % {"application": application.name})
    return redirect("two_factor_setup")


def for_a_key(request: PanelRequest, application: Application, *, address: str) -> str:
    """Notes in the session that a key is needed, and returns the address of the page that uses or adds one."""
    return demand.ask(request.session, request.user, name=application.name, address=address)


def forget(session: SessionBase) -> None:
    """Nothing is left to do: a later setup or key leads nowhere else."""
    session.pop(AFTER_SETUP, None)
    demand.forget(session)
