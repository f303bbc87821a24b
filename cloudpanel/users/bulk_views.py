"""Several users selected in the table: a page that says who is affected, and the change itself once it is confirmed.

One id that is not in the contract and nothing happens at all (404); then the right (403); then the question.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy
from django.views import View

from accounts import moments
from accounts.gate import saved_input
from accounts.gate.access import Access, Audience
from accounts.gate.refusals import contract_of, refuse
from accounts.gate.request import PanelRequest
from accounts.limits import limited
from accounts.models import User
from accounts.origin import Origin
from accounts.outbox import rows
from accounts.users import queries, rules, subjects
from accounts.users.required_from import RequiredFromForm
from accounts.users.responses import way_back
from accounts.validators import row_id
from cloudpanel.users import bulk
from cloudpanel.users.bulk import Action, Plan
from twofactor.requirement import readiness

IDS_AT_ONCE = 1_000
DONE = {
    Action.REQUIRE: ngettext_lazy(
        "Two-factor authentication is now required for %(number)d user.",
        "Two-factor authentication is now required for %(number)d users.",
        "number",
    ),
    Action.DEACTIVATE: ngettext_lazy(
        "%(number)d user was deactivated.", "%(number)d users were deactivated.", "number"
    ),
    Action.DELETE: ngettext_lazy("%(number)d user was deleted.", "%(number)d users were deleted.", "number"),
}

PLANNED = ngettext_lazy(
    "Two-factor authentication will be required for %(number)d user from %(moment)s.",
    "Two-factor authentication will be required for %(number)d users from %(moment)s.",
    "number",
)


@dataclass(frozen=True)
class Selection:
    """What was selected in the table, or the sentence that says what is missing."""

    plan: Plan | None = None
    problem: str | Promise = ""


def selected(request: PanelRequest) -> Selection:
    """What the gate puts on the request: everything about it is settled, but for the confirmation."""
    typed = saved_input.take(request) or request.POST
    members = members_named(request, typed.getlist("ids"))
    viewer = subjects.viewer(request)
    actions = typed.getlist("action")
    known = [Action(name) for name in actions if name in list(Action)]
    if not any(bulk.permitted(action, viewer) for action in known or Action):
        refuse(request, rules.OWNER_ONLY if Action.REQUIRE in known else rules.NOT_PERMITTED)
    if not members:
        return Selection(problem=gettext_lazy("No users selected. Select at least one user in the table."))
    if len(members) > IDS_AT_ONCE:
        return Selection(problem=limited(gettext_lazy("At most %(limit)s users can be changed at once."), IDS_AT_ONCE))
    if len(actions) != 1 or not known:
        return Selection(problem=gettext_lazy("Choose what to do with the selected users."))
    return Selection(bulk.plan(known[0], members, viewer))


def members_named(request: PanelRequest, typed: list[str]) -> list[User]:
    """All of the users with these ids, or a 404."""
    ids = set(typed)
    if not all(map(row_id, ids)):
        raise Http404
    people = queries.sub_users(contract_of(request)).select_related("role", "contract")
    found = list(people.filter(pk__in=map(int, ids)).order_by("name_key", "id")) if ids else []
    if len(found) < len(ids):
        raise Http404
    return found


class SeveralUsers(View):
    access = Access(Audience.CONTRACT, subject=selected)

    def get(self, request: PanelRequest) -> HttpResponse:
        """A selection that was kept is asked about again."""
        return self.page(request) if request.subject.plan else redirect(way_back(request))

    def post(self, request: PanelRequest) -> HttpResponse:
        plan = request.subject.plan
        if plan is None or request.POST.getlist("confirm") != ["yes"]:
            return self.page(request)
        form = RequiredFromForm(request.POST)
        if plan.action is Action.REQUIRE and not form.is_valid():
            return self.page(request, form)
        if plan.refused and not plan.affected:
            refuse(request, plan.refused[0].why, plan.refused[0].member)
        changed = bulk.apply(plan, actor=request.user, origin=Origin.from_request(request), required_from=form.moment)
        self.say(request, plan, changed, form.moment)
        return redirect(way_back(request))

    def say(self, request: PanelRequest, plan: Plan, changed: list[User], moment: datetime | None) -> None:
        if changed and moment:
            words = {"number": len(changed), "moment": moments.in_words(moment)}
            messages.success(request, str(PLANNED % words))
        elif changed:
            messages.success(request, str(DONE[plan.action] % {"number": len(changed)}))
        else:
            messages.info(request, _("Nothing was changed."))
        left_out = [case.member for case in plan.refused] + [m for m in plan.affected if m not in changed]
        if left_out:
            names = ", ".join(member.username for member in left_out)
            messages.warning(request, _("Skipped: %(names)s.") % {"names": names})
        if rows.unmailed(changed):
            said = _("Some notices about this could not be mailed. They will be shown at the next login.")
            messages.warning(request, said)

    def page(self, request: PanelRequest, form: RequiredFromForm | None = None) -> HttpResponse:
        plan: Plan | None = request.subject.plan
        require = plan is not None and plan.action is Action.REQUIRE
        context: dict[str, Any] = {
            "plan": plan,
            "problem": request.subject.problem,
            "cancel_url": way_back(request),
            "hidden": _fields(plan) if plan else [],
            "form": (form or RequiredFromForm()) if require else "",
            "readiness": readiness.of(plan.affected) if plan and require else None,
            "destroys": plan is not None and plan.action is Action.DELETE,
            "section": "users",
        }
        return render(request, "twofactor/bulk.html", context)


def _fields(plan: Plan) -> list[tuple[str, str]]:
    """The selection once more, as fields of the question."""
    return [("action", plan.action.value), *(("ids", str(member.pk)) for member in plan.everybody)]
