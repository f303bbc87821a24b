"""Fetches the application of a URL for the gate; one of another contract is a 404. And the person who asks for it."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.gate.refusals import Gone, contract_of, not_here, refuse
from accounts.gate.request import PanelRequest
from accounts.models import User
from accounts.permissions import NOT_PERMITTED
from cloudpanel.applications.access import Person, used_passkey
from cloudpanel.applications.models import Application

SHOW = "applications.show"
MODIFY = "applications.modify"


def application(request: PanelRequest, application_id: int) -> Application:
    found = contract_of(request).applications.filter(pk=application_id).first()
    if found is None:
        gone = Gone(
            _("There is no such application in this contract. It may have been deleted."), reverse("applications")
        )
        not_here(request, SHOW, _("This application belongs to “%(contract)s”."), gone, applications__pk=application_id)
    return found


def configured(request: PanelRequest, application_id: int, kind: str) -> Application:
    """For a URL that also contains the kind of proxy."""
    return readable(request, application_id)


def readable(request: PanelRequest, application_id: int) -> Application:
    """For a page that also has a form: POST needs the permission to modify, GET the one to see applications."""
    found = application(request, application_id)
    reads = request.method in ("GET", "HEAD") and SHOW in request.permissions
    if MODIFY not in request.permissions and not reads:
        refuse(request, NOT_PERMITTED)
    return found


def person_of(request: PanelRequest, *, role_listed: bool) -> Person:
    """The person who is logged in, as `access.decide` needs them."""
    row = request.session.row
    verified, methods = request.user.is_verified(), row.methods if row else ""
    return person(request.user, role_listed=role_listed, verified=verified, methods=methods)


def person(user: User, *, role_listed: bool, verified: bool, methods: str) -> Person:
    """An account and its session, as `access.decide` needs them; `methods` as in `Session.methods`."""
    role = user.role
    return Person(
        id=user.pk,
        is_active=user.is_active,
        contract_id=user.contract_id,
        role_enabled=role is not None and role.enabled,
        role_listed=role_listed,
        must_use_two_factor=user.must_use_two_factor,
        two_factor_active=user.two_factor_active,
        verified=verified,
        used_passkey=used_passkey(methods),
    )
