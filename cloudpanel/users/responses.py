"""The context of the pages about several users, and the messages at the end."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import moments
from accounts.forms import PlainForm
from accounts.gate.refusals import contract_of
from accounts.gate.request import PanelRequest
from accounts.limits import Grouped, limited
from accounts.lists.filters import chips
from accounts.users import listing, queries, search
from accounts.users.several import Action
from accounts.validators import query_value
from cloudpanel.users.bulk import Plan
from cloudpanel.users.bulk_progress import BulkProgress, seal
from cloudpanel.users.bulk_words import DESTROYING, PLANNED, WORDS
from cloudpanel.users.subjects import IDS_AT_ONCE, Selection
from twofactor.requirement import readiness


def question(request: PanelRequest, found: Selection, plan: Plan, form: PlainForm) -> dict[str, Any]:
    words = WORDS[plan.action]
    affected, everybody = Grouped(len(plan.affected)), Grouped(len(plan.everybody))
    return {
        "plan": plan,
        "affected": affected,
        "everybody": everybody,
        "heading": words.heading,
        "text": words.text,
        "yes": str(words.yes % {"number": affected}),
        "unchanged": str(words.unchanged) % {"number": Grouped(len(plan.unchanged)), "all": everybody},
        "matching": _matching(request, found) if found.matching else "",
        "hidden": _fields(request, plan, found),
        "form": form if form.fields else "",
        "readiness": readiness.readiness_of(plan.affected) if plan.action is Action.REQUIRE else None,
        "planned": _planned(plan) if plan.action is Action.REQUIRE else "",
        "destroys": plan.action in DESTROYING,
    }


def _planned(plan: Plan) -> str:
    """How many of them have a plan already; empty if nobody has."""
    number = sum(user.two_factor_planned for user in plan.affected)
    said = ngettext(
        "%(number)s of them has a planned date already. It is replaced by what you choose below.",
        "%(number)s of them have a planned date already. It is replaced by what you choose below.",
        number,
    )
    return said % {"number": Grouped(number)} if number else ""


def _matching(request: PanelRequest, found: Selection) -> str:
    """A sentence saying who the filter has selected, and that nobody is added later."""
    contract = contract_of(request)
    asked = search.read({name: query_value(request, name) for name in search.PARAMETERS})
    filters = listing.filters_of(asked, queries.roles(contract))
    chosen = " · ".join(chip.text for chip in chips(filters, asked.q, request.GET))
    said = _("Selected by the filter: %(filter)s.") % {"filter": chosen} if chosen else ""
    more = limited(_("More users match: the first %(limit)s by name are changed. Then select again."), IDS_AT_ONCE)
    later = _("Users who match later are not included.")
    return " ".join(filter(None, [said, str(more) if found.more else "", later]))


def _fields(request: PanelRequest, plan: Plan, found: Selection) -> list[tuple[str, str]]:
    """The selection as hidden fields of the question: the ids, and the affected users, signed."""
    progress = found.progress or BulkProgress(tuple(sorted(user.pk for user in plan.affected)))
    sealed = seal(progress, plan.action, actor=request.user, contract=contract_of(request))
    return [
        ("action", plan.action.value),
        ("asked", sealed),
        *([("by_filter", "first" if found.more else "all")] if found.matching else []),
        *(("ids", str(user.pk)) for user in plan.everybody),
    ]


def progress(request: PanelRequest, action: Action, progress: BulkProgress, form: PlainForm) -> dict[str, Any]:
    """The progress, and the hidden fields to continue."""
    sealed = seal(progress, action, actor=request.user, contract=contract_of(request))
    typed = [(name, request.POST.get(name, "")) for name in form.fields if name != "count"]
    return {
        "heading": WORDS[action].heading,
        "done": Grouped(progress.at),
        "all": Grouped(len(progress.ids)),
        "hidden": [("action", action.value), ("asked", sealed), ("confirm", "yes"), *typed],
    }


def say(request: PanelRequest, action: Action, progress: BulkProgress, moment: datetime | None) -> None:
    if not progress.changed:
        messages.info(request, _("Nothing was changed."))
    elif moment:
        words = {"number": Grouped(progress.changed), "moment": moments.in_words(moment)}
        messages.success(request, str(PLANNED % words))
    else:
        messages.success(request, str(WORDS[action].done % {"number": Grouped(progress.changed)}))
    if progress.left_out:
        messages.warning(request, _left_out(progress))
    if progress.gone:
        said = ngettext(
            "%(number)s user had been deleted in the meantime.",
            "%(number)s users had been deleted in the meantime.",
            progress.gone,
        )
        messages.info(request, said % {"number": Grouped(progress.gone)})
    if progress.unmailed:
        said = _("Some notices about this could not be mailed. They will be shown at the next login.")
        messages.warning(request, said)


def _left_out(progress: BulkProgress) -> str:
    names = ", ".join(progress.left_out)
    if not progress.others:
        return _("Skipped: %(names)s.") % {"names": names}
    said = ngettext(
        "Skipped: %(names)s and %(number)s other.", "Skipped: %(names)s and %(number)s others.", progress.others
    )
    return said % {"names": names, "number": Grouped(progress.others)}
