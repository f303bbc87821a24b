"""The Overview, and where people without a contract are redirected to."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_safe

from accounts.gate.access import Access, Audience, open_to
from accounts.gate.request import PanelRequest
from accounts.models import Contract
from accounts.users.queries import coverage
from cloudpanel.applications import queries as applications
from cloudpanel.overview import charts, logins, queries, rollout
from cloudpanel.overview.queries import Need, NeedKind

SENTENCES = {
    NeedKind.STOLEN: ngettext_lazy(
        "The password of %(count)s user was blocked because it may be compromised. It must be reset.",
        "The passwords of %(count)s users were blocked because they may be compromised. They must be reset.",
        "count",
    ),
    NeedKind.LOCKED: ngettext_lazy(
        "%(count)s user has to wait after too many failed attempts.",
        "%(count)s users have to wait after too many failed attempts.",
        "count",
    ),
    NeedKind.MAIL: ngettext_lazy(
        "Email to %(count)s user could not be delivered.", "Email to %(count)s users could not be delivered.", "count"
    ),
    NeedKind.PENDING: ngettext_lazy(
        "%(count)s user still has to set up 2FA.", "%(count)s users still have to set up 2FA.", "count"
    ),
    NeedKind.WITHOUT: ngettext_lazy("%(count)s user has no 2FA.", "%(count)s users have no 2FA.", "count"),
    NeedKind.FEW_CODES: ngettext_lazy(
        "%(count)s user has few recovery codes left.", "%(count)s users have few recovery codes left.", "count"
    ),
    NeedKind.SET_BY_OTHER: ngettext_lazy(
        "%(count)s user has a password set by somebody else.",
        "%(count)s users have passwords set by somebody else.",
        "count",
    ),
}
STATES = (NeedKind.PENDING, NeedKind.WITHOUT)
"""Kinds that are a state of 2FA; too many accounts for names to be useful."""


@open_to(Access(Audience.ACCOUNT))
@require_safe
def overview(request: PanelRequest) -> HttpResponse:
    if request.contract is None:
        return _without_contract(request)
    context: dict[str, Any] = {"own_factor_off": request.is_owner and not request.user.two_factor_active}
    if "users.show" in request.permissions:
        kinds = queries.kinds_for(request.permissions, is_owner=request.is_owner)
        context |= _users(request.contract, kinds)
    if "applications.show" in request.permissions:
        context |= _applications(request.contract)
    context["first_steps"] = request.is_owner and not context["coverage"].total
    if "logs.show" in request.permissions and not context["first_steps"]:
        context["logins"] = _logins(request.contract)
    return render(request, "cloudpanel/overview.html", context)


def _users(contract: Contract, kinds: list[NeedKind]) -> dict[str, Any]:
    """The progress of 2FA, and who needs attention; only for people who may see users."""
    counted = coverage(contract)
    return {
        "coverage": counted,
        "coverage_bar": charts.coverage(counted.active, counted.pending, counted.planned + counted.without),
        "rollout": rollout.rollout_of(contract),
        "needs": [_entry(need) for need in queries.needs(contract, kinds)],
    }


def _applications(contract: Contract) -> dict[str, Any]:
    unused, doubtful = applications.needing_attention(contract)
    hours = applications.UNUSED_AFTER // timedelta(hours=1)
    return {"unused_applications": unused, "unused_hours": hours, "doubtful_applications": doubtful}


def _logins(contract: Contract) -> dict[str, Any]:
    """The chart, its days for the table (newest first), and the sums for the sentence above."""
    days = logins.by_day(contract, timezone.now().date())
    return {
        "chart": charts.logins(days),
        "days": days[::-1],
        "done": sum(day.done for day in days),
        "failed": sum(day.failed for day in days),
    }


def _without_contract(request: PanelRequest) -> HttpResponse:
    if request.must_choose:
        return redirect("contracts")
    if request.user.is_staff:
        return redirect("admin:index")
    return render(request, "accounts/no_contract.html")


def _entry(need: Need) -> dict[str, Any]:
    """One line: its sentence, the URL of the list of these users, and the first of them by name."""
    query = urlencode({"two_factor" if need.kind in STATES else "attention": need.kind, "state": "active"})
    return {
        "sentence": SENTENCES[need.kind] % {"count": need.count},
        "count": need.count,
        "url": f"{reverse('users')}?{query}",
        "people": () if need.kind in STATES else need.people,
        "more": 0 if need.kind in STATES else need.more,
    }
