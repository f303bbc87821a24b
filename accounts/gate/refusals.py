"""How somebody who is logged in is refused: a 403 with a message and a log row, or a 404."""

from typing import Any, NoReturn

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.utils.functional import Promise

from accounts.audit import repetitions
from accounts.contracts import queries
from accounts.gate.backends import permissions_in
from accounts.gate.request import PanelRequest
from accounts.models import Contract, Event, Outcome, Role, User
from accounts.origin import Origin, shortened

ADDRESS_MAX_LENGTH = 300


def refuse(request: PanelRequest, why: str | Promise, target: User | Role | None = None) -> NoReturn:
    """The same refusal is logged once a minute, whatever the rest of the address is."""
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
            detail={"path": shortened(request.path, ADDRESS_MAX_LENGTH), "method": request.method},
        )
    raise PermissionDenied(why)


class InAnotherContract(Http404):
    """The object is not in the current contract, but in another one in which this person may see it."""

    def __init__(self, contract: Contract, sentence: str) -> None:
        super().__init__()
        self.contract = contract
        self.sentence = sentence


class Gone(Http404):
    """The object is not in the current contract, and this person may see the list that it would be in."""

    def __init__(self, sentence: str, list_url: str) -> None:
        super().__init__()
        self.sentence = sentence
        self.list_url = list_url


def not_here(request: PanelRequest, show: str, sentence: str, gone: Gone, **lookup: Any) -> NoReturn:
    """A 404 for an object that is not in the current contract.

    People with the permission `show` are told so by `gone`, with the same sentence whether the object was deleted,
    belongs to somebody else or never existed. Owners of several contracts are told if the object is in another of
    their contracts and they have the permission `show` there. An object that exists elsewhere takes the same query,
    so neither the response nor its time reveals it.
    """
    if request.method in ("GET", "HEAD") and request.is_owner and contract_of(request).one_of_several:
        found = queries.held_by(request.user).filter(**lookup).first()
        if found and show in permissions_in(request.user, found):
            raise InAnotherContract(found, sentence % {"contract": found.name})
    raise gone if show in request.permissions else Http404


def contract_of(request: PanelRequest) -> Contract:
    """The current contract, for views that need one; the gate ensures that there is one."""
    if request.contract is None:
        raise Http404
    return request.contract
