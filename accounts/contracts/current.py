"""The contract that a request works in, and its permissions there.

A sub-user's contract is fixed. An owner works in the one chosen in this session, or in their only one.
"""

from accounts.gate.backends import permissions_in
from accounts.gate.request import PanelRequest
from accounts.models import Contract, User

CONTRACT_FIELD = "in_contract"
"""The hidden field with the number of the contract in which a form was opened."""
CONTRACT_HEADER = "HTTP_IN_CONTRACT"
"""The header `In-Contract` with the number of the contract of the page that asks for a part (`panel.html`)."""


def attach(request: PanelRequest) -> None:
    """Sets `request.contract`, `.is_owner` and `.permissions`, and `.must_choose` for an owner who has yet to
    choose."""
    user = request.user
    contract, must_choose = _contract_of(request, user) if isinstance(user, User) else (None, False)
    request.contract = contract
    request.must_choose = must_choose
    request.is_owner = contract is not None and contract.owner_id == user.pk
    request.permissions = permissions_in(user, contract) if isinstance(user, User) else frozenset()


def choose(request: PanelRequest, contract: Contract) -> None:
    """Switches to this contract, in this session only."""
    request.session.contract_id = contract.pk
    request.session.modified = True


def choose_only(request: PanelRequest, user: User) -> None:
    """At login: selects the contract of an owner who has exactly one."""
    if user.contract_id is None:
        held = _held(user)
        request.session.contract_id = held[0].pk if len(held) == 1 else None


def _held(user: User) -> list[Contract]:
    """The owner's contracts, two at most, which is enough to know whether there is a choice."""
    return list(Contract.objects.filter(owner=user).order_by("id")[:2])


def _contract_of(request: PanelRequest, user: User) -> tuple[Contract | None, bool]:
    if user.contract:
        return user.contract, False
    row = request.session.row
    chosen = row.contract if row else None
    if chosen and chosen.owner_id == user.pk:
        return chosen, False
    held = _held(user)
    return (held[0] if len(held) == 1 else None), len(held) > 1
