"""Where an owner of several contracts chooses the one to work in."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.contracts import current, queries
from accounts.contracts.forms import ChoiceForm
from accounts.gate.access import Access, Audience
from accounts.gate.redirects import safe_next
from accounts.gate.request import PanelRequest


class ContractsPage(View):
    access = Access(Audience.ACCOUNT)

    def get(self, request: PanelRequest) -> HttpResponse:
        """Skipped where there is nothing to choose."""
        held = queries.summaries(request.user) if request.user.contract_id is None else []
        if len(held) < 2:
            return redirect("overview")
        return render(request, "accounts/contracts.html", {"contracts": held})

    def post(self, request: PanelRequest) -> HttpResponse:
        form = ChoiceForm(request.POST)
        if not form.is_valid():
            raise Http404
        chosen = get_object_or_404(queries.held_by(request.user), pk=form.cleaned_data["contract"])
        current.choose(request, chosen)
        return redirect(safe_next(form.cleaned_data["next"]))
