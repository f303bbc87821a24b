"""The list of users: its headings, its filters, and how many users there are."""

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.lists import counting
from accounts.lists.counting import Number
from accounts.lists.filters import Filter
from accounts.lists.list_query import ListQuery
from accounts.lists.listing import Listing
from accounts.lists.paging import KeysetPage
from accounts.models import Contract, Role, User
from accounts.users import queries, search
from accounts.users.search import Search

HEADINGS = {
    "name": gettext_lazy("Name"),
    "username": gettext_lazy("Username"),
    "role": gettext_lazy("Role"),
    "state": gettext_lazy("Status"),
    "required": gettext_lazy("2FA required"),
    "two_factor": gettext_lazy("2FA activated"),
    "last_login": gettext_lazy("Last login"),
}


def listing_of(
    contract: Contract, asked: Search, page: KeysetPage[User], query: QueryDict, total: Number
) -> Listing[User]:
    list_query = ListQuery(asked.q, asked.sort, search.DEFAULT_SORT, filters_of(asked, queries.roles(contract)))
    found = matching(contract, asked, page) if list_query.narrowed else total
    return list_query.listing(reverse("users"), page, headings=HEADINGS, query=query, matching=found, total=total)


def filters_of(asked: Search, roles: list[Role]) -> list[Filter]:
    role_choices: list[tuple[str | int, str | Promise]] = [("", _("All")), *((role.pk, role.name) for role in roles)]
    return [
        Filter("state", _("Status"), search.STATE_CHOICES, asked.state),
        Filter("required", _("2FA required"), search.REQUIRED_CHOICES, asked.required),
        Filter("two_factor", _("2FA activated"), search.TWO_FACTOR_CHOICES, asked.two_factor),
        Filter("role", _("Role"), role_choices, asked.role or ""),
        Filter("attention", _("Needs attention"), search.ATTENTION_CHOICES, asked.attention),
    ]


def matching(contract: Contract, asked: Search, page: KeysetPage[User]) -> Number:
    """How many users match the filters; not counted if all of them are on this page."""
    if not page.previous_url and not page.next_url:
        return Number(len(page.rows))
    return counting.count(contract, {"matching": asked.among(queries.sub_users(contract))})["matching"]
