"""The one way to refuse somebody who is signed in: a 403 with its sentence, and the row that tells of the attempt."""

from typing import NoReturn

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils.functional import Promise

from accounts import audit
from accounts.http import PanelRequest
from accounts.models import Contract, Event, Outcome, Role, User
from accounts.origin import of


def refuse(request: PanelRequest, why: str | Promise, target: User | Role | None = None) -> NoReturn:
    with transaction.atomic():
        audit.record(
            Event.ACCESS_REFUSED,
            origin=of(request),
            outcome=Outcome.REFUSED,
            actor=request.user if isinstance(request.user, User) else None,
            target=target,
            contract_id=request.contract.pk if request.contract else None,
            detail={"path": request.path, "method": request.method},
        )
    raise PermissionDenied(why)


def contract_of(request: PanelRequest) -> Contract:
    """The current contract, for views that make no sense without one; the gate lets none of them be reached so."""
    if request.contract is None:
        raise Http404
    return request.contract
