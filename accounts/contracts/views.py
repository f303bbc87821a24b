"""The page on which an owner of several contracts chooses one."""

from typing import Any, NoReturn

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy

from accounts.contracts import current, queries
from accounts.contracts.forms import ChoiceForm
from accounts.forms import PlainForm
from accounts.gate.access import Access, Audience
from accounts.gate.change_view import ChangeView
from accounts.gate.redirects import safe_next


class ContractsPage(ChangeView):
    access = Access(Audience.ACCOUNT)
    template_name = "accounts/contracts.html"
    form_class = ChoiceForm
    success_url = reverse_lazy("overview")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Skipped where there is nothing to choose."""
        user = self.request.user
        held = queries.summaries(user) if user.contract_id is None else []
        if len(held) < 2:
            return redirect("overview")
        return self.render_to_response(self.get_context_data(contracts=held, next=safe_next(request.GET.get("next"))))

    def form_valid(self, form: PlainForm) -> HttpResponse:
        chosen = get_object_or_404(queries.held_by(self.request.user), pk=form.cleaned_data["contract"])
        current.choose(self.request, chosen)
        return redirect(safe_next(form.cleaned_data["next"]))

    def form_invalid(self, form: PlainForm) -> NoReturn:
        raise Http404
