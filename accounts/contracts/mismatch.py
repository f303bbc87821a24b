"""Detects pages that were opened in one contract and used in another, for example in a second tab.

Their forms change nothing, and they get no part of another contract's page: the page is opened as a whole. What names
no contract belongs to the current one.
"""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.contracts import queries
from accounts.contracts.current import CONTRACT_FIELD, CONTRACT_HEADER
from accounts.gate import parts, saved_input
from accounts.gate.request import PanelRequest
from accounts.models import Contract


def answer(request: PanelRequest) -> HttpResponse | None:
    """For a form the page that explains this and offers to switch back, for a part the way to the whole page; None if
    the request belongs to the current contract."""
    is_form = request.method == "POST"
    sent = request.POST.getlist(CONTRACT_FIELD) if is_form else _of_page(request)
    if request.contract is None or set(sent) <= {request.contract.number}:
        return None
    if not is_form:
        return parts.open_whole(request)
    opened_in = _held(request, sent)
    kept = opened_in is not None and saved_input.save(request, account_id=request.user.pk, contract_id=opened_in.pk)
    context = {"opened_in": opened_in, "kept": kept, "next": request.get_full_path()}
    return render(request, "accounts/other_contract.html", context)


def _of_page(request: PanelRequest) -> list[str]:
    number = request.META.get(CONTRACT_HEADER)
    return [number] if number and parts.by_htmx(request) else []


def _held(request: PanelRequest, sent: list[str]) -> Contract | None:
    """The contract that the form names, if this person may work in it."""
    number = sent[0]
    if len(sent) > 1 or not (number.isascii() and number.isalnum()):
        return None
    return queries.held_by(request.user).filter(number=number).first()
