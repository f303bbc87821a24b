"""The application of an address, as the gate fetches it: one of another contract is a 404."""

from django.http import Http404

from accounts.gate.refusals import contract_of
from accounts.gate.request import PanelRequest
from cloudpanel.applications.models import Application

SHOW = "applications.show"
MODIFY = "applications.modify"


def application(request: PanelRequest, application_id: int) -> Application:
    found = contract_of(request).applications.filter(pk=application_id).first()
    if found is None:
        raise Http404
    return found
