"""Several users selected in the list: a page that says who is affected, and the change after its confirmation.

More than `bulk_progress.AT_ONCE` users are changed by several requests: a script sends one after another; without it,
a button does.
"""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.views import View

from accounts.forms import PlainForm
from accounts.gate import parts
from accounts.gate.access import Access, Audience
from accounts.gate.refusals import contract_of, refuse
from accounts.gate.request import PanelRequest
from accounts.origin import Origin
from accounts.outbox import rows
from accounts.users import services
from accounts.users.fields import role_refused
from accounts.users.responses import way_back
from accounts.users.role_choice import ROLE_GONE
from accounts.users.subjects import viewer
from cloudpanel.users import bulk, responses, subjects
from cloudpanel.users.bulk import Plan
from cloudpanel.users.bulk_forms import choice_of, form_for
from cloudpanel.users.bulk_progress import BulkProgress

BATCH = "batch"
"""The element id of the progress."""


class SeveralUsers(View):
    access = Access(Audience.CONTRACT, subject=subjects.selected, fresh_if=subjects.fresh)
    request: PanelRequest
    in_parts = True
    saved_characters = 40_000
    """The ids of 1,000 users twice: as fields, and in the question."""

    def get(self, request: PanelRequest) -> HttpResponse:
        """Asks again about a saved selection, with what was typed."""
        found = request.subject
        if found.plan is None:
            return redirect(way_back(request))
        answered = found.saved and "confirm" in found.saved
        return self.question(request, self.form(found.plan, found.saved if answered else None))

    def post(self, request: PanelRequest) -> HttpResponse:
        plan = request.subject.plan
        if plan is None or request.subject.problem or request.POST.getlist("confirm") != ["yes"]:
            return self.question(request)
        progress = request.subject.progress or BulkProgress(tuple(sorted(user.pk for user in plan.everybody)))
        form = self.form(plan, request.POST)
        if not form.is_valid():
            if why := role_refused(form):
                refuse(request, why)
            return self.question(request, form)
        if plan.refused and not plan.affected and not progress.at:
            refuse(request, plan.refused[0].why, plan.refused[0].user)
        try:
            return self.answer(request, self.act(request, plan, progress, form), form)
        except services.RoleGone:
            form.add_error("role", ROLE_GONE)
            return self.question(request, form)

    def form(self, plan: Plan, data: MultiValueDict[str, str] | None = None) -> PlainForm:
        progress, contract = self.request.subject.progress, contract_of(self.request)
        begun = bool(progress and progress.at)
        return form_for(plan, data, contract=contract, viewer=viewer(self.request), begun=begun)

    def act(self, request: PanelRequest, plan: Plan, progress: BulkProgress, form: PlainForm) -> BulkProgress:
        """Changes the next users of the question."""
        ids = set(progress.next_ids)
        now = plan.among(ids)
        changed = bulk.apply(now, actor=request.user, origin=Origin.from_request(request), choice=choice_of(form))
        left_out = [case.user for case in now.refused] + [each for each in now.affected if each not in changed]
        return progress.after(
            changed=len(changed),
            left_out=[user.username for user in left_out],
            gone=len(ids) - len(now.everybody),
            unmailed=bool(rows.unmailed(changed)),
        )

    def answer(self, request: PanelRequest, progress: BulkProgress, form: PlainForm) -> HttpResponse:
        plan = request.subject.plan
        if progress.is_done:
            responses.say(request, plan.action, progress, choice_of(form).required_from)
            return self.leave(request)
        context = responses.progress(request, plan.action, progress, form)
        if parts.asked(request) == BATCH:
            return parts.render_part(request, "cloudpanel/users/bulk_batch.html", context)
        return render(request, "cloudpanel/users/bulk_progress.html", context)

    def leave(self, request: PanelRequest) -> HttpResponse:
        if parts.by_htmx(request):
            return HttpResponse(status=204, headers={"HX-Redirect": way_back(request)})
        return redirect(way_back(request))

    def question(self, request: PanelRequest, form: PlainForm | None = None) -> HttpResponse:
        found = request.subject
        context: dict[str, Any] = {"problem": found.problem, "cancel_url": way_back(request)}
        if found.plan:
            context |= responses.question(request, found, found.plan, form or self.form(found.plan))
        return render(request, "cloudpanel/users/bulk.html", context)
