"""The one way to refuse somebody who is signed in: a 403 with its sentence, and the row that tells of the attempt."""

from typing import NoReturn

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils.functional import Promise

from accounts.audit import repetitions
from accounts.gate.request import PanelRequest
from accounts.models import Contract, Event, Outcome, Role, User
from accounts.origin import Origin

ADDRESS_MAX_LENGTH = 300


def refuse(request: PanelRequest, why: str | Promise, target: User | Role | None = None) -> NoReturn:
    """The same refusal is one row a minute, whatever else the address says."""
    person = request.user if isinstance(request.user, User) else None
    page = request.resolver_match.view_name if request.resolver_match else ""
    with transaction.atomic():
        repetitions.record(
            f"{request.method}|{page}|{type(target).__name__}|{target.pk if target else ''}",
            Event.ACCESS_REFUSED,
            person=person,
            origin=Origin.from_request(request),
            outcome=Outcome.REFUSED,
            actor=person,
            target=target,
            contract_id=request.contract.pk if request.contract else None,
            detail={"path": _cut(request.path), "method": request.method},
        )
    raise PermissionDenied(why)


def _cut(address: str) -> str:
    return address if len(address) <= ADDRESS_MAX_LENGTH else f"{address[: ADDRESS_MAX_LENGTH - 1]}…"


def contract_of(request: PanelRequest) -> Contract:
    """The current contract, for views that make no sense without one; the gate lets none of them be reached so."""
    if request.contract is None:
        raise Http404
    return request.contract
