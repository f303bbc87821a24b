"""The application of an address, as the gate fetches it: one of another contract is a 404. And who asks for it."""

from django.http import Http404
from django.utils.translation import gettext as _

from accounts.gate.refusals import contract_of, refuse
from accounts.gate.request import PanelRequest
from cloudpanel.applications.access import Person, used_passkey
from cloudpanel.applications.models import Application
from twofactor.factors import app as factor

SHOW = "applications.show"
MODIFY = "applications.modify"


def application(request: PanelRequest, application_id: int) -> Application:
    found = contract_of(request).applications.filter(pk=application_id).first()
    if found is None:
        raise Http404
    return found


def configured(request: PanelRequest, application_id: int, kind: str) -> Application:
    """For an address that also names the kind of proxy."""
    return readable(request, application_id)


def readable(request: PanelRequest, application_id: int) -> Application:
    """For a page that shows as well as changes: posted by those who may modify, read by those who see applications."""
    found = application(request, application_id)
    reads = request.method in ("GET", "HEAD") and SHOW in request.permissions
    if MODIFY not in request.permissions and not reads:
        refuse(request, _("Your role doesn't allow this."))
    return found


def person_of(request: PanelRequest, *, role_listed: bool) -> Person:
    """Who is logged in, as the decision about an application sees them."""
    user, role = request.user, request.user.role
    row = request.session.row
    return Person(
        id=user.pk,
        is_active=user.is_active,
        contract_id=user.contract_id,
        role_enabled=role is not None and role.enabled,
        role_listed=role_listed,
        must_use_two_factor=user.must_use_two_factor,
        two_factor_active=factor.is_active(user),
        verified=user.is_verified(),
        used_passkey=used_passkey(row.methods if row else ""),
    )
