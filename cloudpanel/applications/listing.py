"""The list of applications: headings, filters, and the actions of each application."""

from dataclasses import dataclass, replace

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce, Greatest
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import folding
from accounts.lists import counting, menu
from accounts.lists.filters import Filter
from accounts.lists.list_query import ListQuery
from accounts.lists.listing import Listing
from accounts.lists.menu import MenuItem
from accounts.lists.paging import Sort, page_of
from accounts.models import Contract
from cloudpanel.applications.models import Application, Needs
from cloudpanel.applications.subjects import MODIFY

DEFAULT_SORT = "name"
ALL = ("", gettext_lazy("All"))
ON_OFF = (ALL, ("on", gettext_lazy("On")), ("off", gettext_lazy("Off")))
HEADINGS = {
    "name": gettext_lazy("Name"),
    "origin": gettext_lazy("Origin"),
    "guard": gettext_lazy("Guard"),
    "openid": gettext_lazy("OpenID Connect"),
    "who": gettext_lazy("Who"),
    "needs": gettext_lazy("Needs"),
    "last_used": gettext_lazy("Last used"),
    "state": gettext_lazy("State"),
}
FILTERS = (
    Filter(
        "state",
        gettext_lazy("State"),
        (ALL, ("active", gettext_lazy("Active")), ("disabled", gettext_lazy("Disabled"))),
    ),
    Filter("guard", gettext_lazy("Guard"), ON_OFF),
    Filter("openid", gettext_lazy("OpenID Connect"), ON_OFF),
    Filter(
        "who",
        gettext_lazy("Who"),
        (ALL, ("everybody", gettext_lazy("Everybody")), ("roles", gettext_lazy("Some roles"))),
    ),
    Filter("needs", gettext_lazy("Needs"), (ALL, *Needs.choices)),
)
SWITCHES = {"active": True, "disabled": False, "on": True, "off": False}
FIELDS = {"state": "is_active", "guard": "guard", "openid": "openid", "who": "who", "needs": "needs"}
BY_NAME = Sort("name_key")
LATEST_USE = Greatest(Coalesce("last_used_at", "openid_used_at"), Coalesce("openid_used_at", "last_used_at"))
"""`Application.latest_use` in the database. Without Coalesce, SQLite would find no greatest beside a null."""


def _grouped(field: str, *values: int | str) -> Sort:
    """Sorts by this field, in this order of its values, and by name among equals."""
    return replace(BY_NAME, group=field, groups=tuple((value, Q(**{field: value})) for value in values))


SORTS = {
    "name": BY_NAME,
    "origin": Sort("origin"),
    "guard": _grouped("guard", True, False),
    "openid": _grouped("openid", True, False),
    "who": _grouped("who", "everybody", "roles"),
    "needs": _grouped("needs", *Needs.values),
    "last_used": Sort("use_key", nullable=True),
    "state": _grouped("is_active", True, False),
}


@dataclass(frozen=True)
class ApplicationLine:
    application: Application
    menu: list[MenuItem]


def listing_of(contract: Contract, list_query: ListQuery, *, cursor: str, query: QueryDict) -> Listing[Application]:
    """One page of the list: one query and one for the counts. Sorted by a field with groups, one query for each group
    on the page."""
    rows = contract.applications.all()
    found = _matching(rows, list_query)
    order = replace(SORTS[list_query.order], descending=list_query.descending)
    sortable: QuerySet[Application] = found.annotate(use_key=LATEST_USE)
    page = page_of(sortable, order, cursor=cursor, query=query)
    numbers = counting.count(contract, {"total": rows, "matching": found})
    return list_query.listing(reverse("applications"), page, headings=HEADINGS, query=query, **numbers)


def _matching(rows: QuerySet[Application], list_query: ListQuery) -> QuerySet[Application]:
    """`q` is searched in names and origins."""
    if list_query.q:
        q = list_query.q
        rows = rows.filter(Q(name_key__contains=folding.plain(q)) | Q(origin__contains=folding.ascii_lower(q)))
    return rows.filter(**{FIELDS[name]: SWITCHES.get(value, value) for name, value in list_query.chosen().items()})


def lines_of(applications: list[Application], permissions: frozenset[str]) -> list[ApplicationLine]:
    return [ApplicationLine(each, menu.offered(_possible(each, permissions))) for each in applications]


def _possible(application: Application, permissions: frozenset[str]) -> list[MenuItem]:
    def page(name: str, permission: str = MODIFY) -> str:
        return reverse(name, args=[application.pk]) if permission in permissions else ""

    return [
        MenuItem(_("Change who may open it"), page("application_access", "applications.manage_access"), "users"),
        MenuItem(_("Guard and configurations"), page("application_guard"), "shield"),
        MenuItem(_("Change OpenID Connect"), page("application_openid"), "key-round"),
        MenuItem(_("Change state"), page("application_state"), "power"),
        MenuItem(_("Delete"), page("application_delete", "applications.delete"), "trash-2", danger=True),
    ]
