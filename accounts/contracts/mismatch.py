"""Detects forms that were opened in one contract and submitted in another, for example in a second tab.

Such a form changes nothing. A form that names no contract belongs to the current one.
"""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.contracts import queries
from accounts.contracts.current import CONTRACT_FIELD
from accounts.gate import saved_input
from accounts.gate.request import PanelRequest
from accounts.models import Contract


def answer(request: PanelRequest) -> HttpResponse | None:
    """The page that explains this and offers to switch back; None if the form belongs to the current contract."""
    sent = request.POST.getlist(CONTRACT_FIELD) if request.method == "POST" else []
    if request.contract is None or set(sent) <= {request.contract.number}:
        return None
    opened_in = _held(request, sent)
    kept = opened_in is not None and saved_input.save(request, account_id=request.user.pk, contract_id=opened_in.pk)
    context = {"opened_in": opened_in, "kept": kept, "next": request.get_full_path()}
    return render(request, "accounts/other_contract.html", context)


def _held(request: PanelRequest, sent: list[str]) -> Contract | None:
    """The contract that the form names, if this person may work in it."""
    number = sent[0]
    if len(sent) > 1 or not (number.isascii() and number.isalnum()):
        return None
    return queries.held_by(request.user).filter(number=number).first()
