"""The users selected in the list: by ids, by the current filter, or by the question that was asked.

If one id is not in the contract, nothing happens (404). Then the permission is checked (403), then the question.
"""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404
from django.utils.datastructures import MultiValueDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.gate import saved_input
from accounts.gate.refusals import contract_of, refuse
from accounts.gate.request import PanelRequest
from accounts.limits import limited
from accounts.models import User
from accounts.permissions import NOT_PERMITTED
from accounts.users import queries, rules, search, several, subjects
from accounts.users.required_from import RequiredFromForm
from accounts.users.several import Action
from accounts.validators import query_value, row_id
from cloudpanel.users import bulk, bulk_progress
from cloudpanel.users.bulk import Plan
from cloudpanel.users.bulk_progress import BulkProgress

IDS_AT_ONCE = 1_000
FRESH = (Action.RESET, Action.INVITE)
"""Actions that need a recent confirmation, as for one user. So does requiring 2FA later than planned."""

NOBODY = gettext_lazy("No users selected. Select at least one user in the table.")
EXPIRED = gettext_lazy("The page had expired, so nothing was changed. Check who is affected now.")
OVER = gettext_lazy("The page had expired. Select the users again.")


@dataclass(frozen=True)
class Selection:
    """The selection, or a sentence saying what is missing. With both, the question is asked again."""

    plan: Plan | None = None
    problem: str | Promise = ""
    progress: BulkProgress | None = None
    """The question that this request answers."""
    matching: bool = False
    """Whether everybody whom the filter finds was selected."""
    more: bool = False
    """Whether the filter finds more users than can be changed at once."""
    saved: MultiValueDict[str, str] | None = None
    """The answer that was saved before a confirmation or a login."""


def fresh(request: PanelRequest) -> bool:
    plan = request.subject.plan
    if request.method != "POST" or plan is None:
        return False
    return plan.action in FRESH or (plan.action is Action.REQUIRE and _postpones(plan, request.POST))


def _postpones(plan: Plan, typed: MultiValueDict[str, str]) -> bool:
    """Whether 2FA, already planned for one of these users, would become required later."""
    form = RequiredFromForm(typed)
    moment = form.moment if form.is_valid() else None
    planned = [user.two_factor_required_from for user in plan.affected if user.two_factor_planned]
    return moment is not None and any(at is not None and at < moment for at in planned)


def selected(request: PanelRequest) -> Selection:
    """Sets `request.subject` at the gate: everything is checked except the recent confirmation."""
    saved = saved_input.take(request)
    typed = saved or request.POST
    actions = typed.getlist("action")
    known = [Action(name) for name in actions if name in list(Action)]
    progress = _progress(request, typed, known)
    expired = "asked" in typed and not progress
    matching = typed.getlist("matching") == ["yes"] and not progress
    people = _people_of(request, typed, progress, matching=matching)
    viewer = subjects.viewer(request)
    if not any(several.permitted(action, viewer) for action in known or Action):
        refuse(request, rules.OWNER_ONLY if {Action.REQUIRE, Action.RESET} & set(known) else NOT_PERMITTED)
    if not people and not progress:
        return Selection(problem=OVER if expired else NOBODY)
    if len(people) > IDS_AT_ONCE and not matching:
        return Selection(problem=limited(gettext_lazy("At most %(limit)s users can be changed at once."), IDS_AT_ONCE))
    if len(actions) != 1 or not known:
        return Selection(problem=gettext_lazy("Choose what to do with the selected users."))
    plan = bulk.plan(known[0], people[:IDS_AT_ONCE], viewer)
    by_filter = typed.get("by_filter", "") if progress else ""
    return Selection(
        plan,
        EXPIRED if expired else "",
        progress=progress,
        matching=matching or by_filter in ("all", "first"),
        more=len(people) > IDS_AT_ONCE or by_filter == "first",
        saved=saved,
    )


def _progress(request: PanelRequest, typed: MultiValueDict[str, str], known: list[Action]) -> BulkProgress | None:
    sealed = typed.getlist("asked")
    if len(sealed) != 1 or len(known) != 1:
        return None
    return bulk_progress.unseal(sealed[0], known[0], actor=request.user, contract=contract_of(request))


def _people_of(
    request: PanelRequest, typed: MultiValueDict[str, str], progress: BulkProgress | None, *, matching: bool
) -> list[User]:
    if progress:
        left = progress.ids[progress.at :]
        return list(_people(request).filter(pk__in=left).order_by("name_key", "id"))
    return _matching(request) if matching else users_named(request, typed.getlist("ids"))


def _matching(request: PanelRequest) -> list[User]:
    """The users on all pages of the list, and one more than can be changed at once; only for people who may see it."""
    if "users.show" not in request.permissions:
        refuse(request, NOT_PERMITTED)
    filters = search.read({name: query_value(request, name) for name in search.PARAMETERS})
    return list(filters.among(_people(request)).order_by("name_key", "id")[: IDS_AT_ONCE + 1])


def users_named(request: PanelRequest, typed: list[str]) -> list[User]:
    """All users with these ids; 404 if one is missing."""
    ids = set(typed)
    if not all(map(row_id, ids)):
        raise Http404
    found = list(_people(request).filter(pk__in=map(int, ids)).order_by("name_key", "id")) if ids else []
    if len(found) < len(ids):
        raise Http404
    return found


def _people(request: PanelRequest) -> QuerySet[User]:
    return queries.sub_users(contract_of(request)).select_related("role", "contract")
