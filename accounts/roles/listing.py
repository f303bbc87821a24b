"""The list of roles: its headings, its filters, and the menu of each role."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import folding
from accounts.lists import in_memory, menu
from accounts.lists.filters import Filter
from accounts.lists.list_query import ListQuery
from accounts.lists.listing import Listing
from accounts.lists.menu import MenuItem
from accounts.models import Contract, Role
from accounts.roles import queries, rules
from accounts.users.queries import role_order

DEFAULT_SORT = "name"
HEADINGS = {
    "name": gettext_lazy("Name"),
    "state": gettext_lazy("State"),
    "users": gettext_lazy("Users"),
    "permissions": gettext_lazy("Permissions"),
    "created": gettext_lazy("Created on"),
}
ALL = ("", gettext_lazy("All"))
FILTERS = (
    Filter(
        "state",
        gettext_lazy("State"),
        (ALL, ("active", gettext_lazy("Active")), ("disabled", gettext_lazy("Disabled"))),
    ),
    Filter(
        "users",
        gettext_lazy("Users"),
        (ALL, ("some", gettext_lazy("With users")), ("none", gettext_lazy("Without users"))),
    ),
)
MATCHES: dict[str, dict[str, Callable[[Any], bool]]] = {
    "state": {"active": lambda role: role.enabled, "disabled": lambda role: not role.enabled},
    "users": {"some": lambda role: role.number_of_users > 0, "none": lambda role: role.number_of_users == 0},
}
ORDERS: dict[str, Callable[[Any], Any]] = {
    "name": role_order,
    "state": lambda role: not role.enabled,
    "users": lambda role: role.number_of_users,
    "permissions": lambda role: queries.counted(role)[0],
    "created": lambda role: role.created_at,
}


@dataclass(frozen=True)
class RoleLine:
    role: Role
    held: int
    total: int
    menu: list[MenuItem]


def listing_of(contract: Contract, list_query: ListQuery, *, cursor: str, query: QueryDict) -> Listing[Role]:
    """One query for any number of roles."""
    everything = queries.roles(contract)
    found = matching(everything, list_query)
    page = in_memory.page_of(found, cursor=cursor, query=query)
    return list_query.listing(
        reverse("roles"), page, headings=HEADINGS, query=query, matching=len(found), total=len(everything)
    )


def matching(roles: list[Role], list_query: ListQuery) -> list[Role]:
    """In the requested order, then by name."""
    sought = folding.plain(list_query.q)
    tests = [MATCHES[name][value] for name, value in list_query.chosen().items()]
    found = [role for role in roles if _contains(role, sought) and all(test(role) for test in tests)]
    return sorted(found, key=ORDERS[list_query.order], reverse=list_query.descending)


def _contains(role: Role, sought: str) -> bool:
    return any(sought in folding.plain(text) for text in (role.name, role.description))


def lines_of(roles: list[Role], *, permissions: frozenset[str], own_id: int | None) -> list[RoleLine]:
    """`own_id` is the role of the viewer, who can't disable it."""
    return [
        RoleLine(role, *queries.counted(role), menu.offered(_possible(role, permissions, role.pk == own_id)))
        for role in roles
    ]


def _possible(role: Role, permissions: frozenset[str], is_own: bool) -> list[MenuItem]:
    def page(name: str, change: rules.RoleChange) -> str:
        allowed = rules.refusal(change, permissions, queries.seen(role)) is None
        return reverse(name, args=[role.pk]) if allowed else ""

    adding = page("role_users", rules.USERS)
    return [
        MenuItem(_("Change permissions"), page("role_permissions", rules.MODIFY), "list-checks"),
        MenuItem(_("Add users"), adding and f"{adding}?show=add", "user-plus"),
        MenuItem(_("Clone"), page("role_clone", rules.CLONE), "copy"),
        MenuItem(_("Change state"), "" if is_own else page("role_state", rules.MODIFY), "power"),
        MenuItem(_("Delete"), page("role_delete", rules.DELETE), "trash-2", danger=True),
    ]
