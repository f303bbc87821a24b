"""What a person asks of the list of users: search, filters, order. Plain values in, a page within the contract out.

A value that the page itself can't have sent is rejected, never guessed.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.core.exceptions import BadRequest
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import folding
from accounts.lists.paging import Cursor, KeysetPage, Sort, page_of
from accounts.models import Contract, User
from accounts.users import invitations, methods, queries
from accounts.users.queries import ACTIVE, OFF
from accounts.validators import row_id

PARAMETERS = ("q", "state", "required", "two_factor", "role", "attention", "sort")
STATES = {"active": Q(is_active=True), "deactivated": Q(is_active=False)}
MOMENTARY = {"invited": invitations.open_now, "locked": queries.locked}
"""Temporary states, read from invitations and waits instead of a column."""
IS_REQUIRED, IS_NOT_REQUIRED = Q(two_factor_required__in=[True]), Q(two_factor_required__in=[False])
# Asked when a page is shown: it depends on the moment who is still planned.
REQUIRED: dict[str, Callable[[], Q]] = {
    "yes": lambda: IS_REQUIRED & queries.has_come(),
    "planned": queries.is_ahead,
    "no": lambda: IS_NOT_REQUIRED,
}
TWO_FACTOR: dict[str, Callable[[], Q]] = {
    "active": lambda: ACTIVE,
    "pending": queries.pending,
    "planned": queries.planned,
    "off": lambda: OFF,
}
STATE_CHOICES = (
    ("", gettext_lazy("All")),
    ("active", gettext_lazy("Active")),
    ("deactivated", gettext_lazy("Deactivated")),
    ("invited", gettext_lazy("Invited")),
    ("locked", gettext_lazy("Locked")),
)
REQUIRED_CHOICES = (
    ("", gettext_lazy("All")),
    ("yes", gettext_lazy("Yes")),
    ("planned", gettext_lazy("Planned")),
    ("no", gettext_lazy("No")),
)
TWO_FACTOR_CHOICES = (
    ("", gettext_lazy("All")),
    ("active", gettext_lazy("Active")),
    ("pending", gettext_lazy("Pending")),
    ("planned", gettext_lazy("Planned")),
    ("off", gettext_lazy("No 2FA")),
)
ATTENTION_CHOICES = (
    ("", gettext_lazy("All")),
    ("stolen", gettext_lazy("Password blocked, may be compromised")),
    ("locked", gettext_lazy("Locked")),
    ("mail", gettext_lazy("Email not delivered")),
    ("few_codes", gettext_lazy("Few recovery codes")),
    ("set_by_other", gettext_lazy("Password set by somebody else")),
)
# Each is carried by an index over contract, field and id; within a group by one over the group, name and id.
BY_NAME = Sort("name_key")
SORTS = {
    "name": BY_NAME,
    "username": Sort("username_key"),
    "role": replace(BY_NAME, group="role_id"),
    "state": replace(BY_NAME, group="is_active", groups=((True, STATES["active"]), (False, STATES["deactivated"]))),
    "required": replace(BY_NAME, group="two_factor_required", groups=((True, IS_REQUIRED), (False, IS_NOT_REQUIRED))),
    "two_factor": Sort("two_factor_active_since", nullable=True),
    "last_login": Sort("last_login", nullable=True),
}
DEFAULT_SORT = "name"
NEAR = 1_000
SHORTEST = 3


@dataclass(frozen=True)
class Search:
    """A question to the list; all values are valid."""

    q: str = ""
    state: str = ""
    required: str = ""
    two_factor: str = ""
    role: int | None = None
    attention: str = ""
    sort: str = DEFAULT_SORT

    def order(self) -> Sort:
        return replace(SORTS[self.sort.removeprefix("-")], descending=self.sort.startswith("-"))

    def among(self, users: QuerySet[User]) -> QuerySet[User]:
        return self.matching(self.filtered(users))

    def filtered(self, users: QuerySet[User]) -> QuerySet[User]:
        required = REQUIRED[self.required]() if self.required else Q()
        two_factor = TWO_FACTOR[self.two_factor]() if self.two_factor else Q()
        users = users.filter(STATES.get(self.state, Q()), required, two_factor)
        if self.state in MOMENTARY:
            users = MOMENTARY[self.state](users)
        if self.role is not None:
            users = users.filter(role_id=self.role)
        if self.attention:
            users = queries.ATTENTION[self.attention](users)
        return users

    def matching(self, users: QuerySet[User]) -> QuerySet[User]:
        return users.filter(contains(self.q)) if self.q else users


def page(contract: Contract, asked: Search, *, cursor: str, query: QueryDict) -> KeysetPage[User]:
    """The page that answers the question.

    The next users are searched first, since a common word fills the page from these. Otherwise all matches are
    collected, by PostgreSQL from its trigram index, and sorted. With fewer than three letters there is no such index,
    and it walks on.
    """
    users = methods.with_app(asked.filtered(queries.sub_users(contract)).select_related("role"))
    order = asked.order()
    if order.group == "role_id":
        order = replace(order, groups=_roles(contract, asked, users, cursor, order))
    if not asked.q:
        return page_of(users, order, cursor=cursor, query=query)
    if not order.nullable and not order.group:
        near = users.filter(pk__in=_next(users, order, cursor)[:NEAR].values("pk"))
        found = page_of(asked.matching(near), order, cursor=cursor, query=query)
        if found.full:
            return found
    if connection.vendor == "postgresql" and len(asked.q) < SHORTEST:
        return page_of(asked.matching(users), order, cursor=cursor, query=query)
    with _by_the_index():
        return page_of(asked.matching(users), replace(order, gathered=True), cursor=cursor, query=query)


def _roles(
    contract: Contract, asked: Search, users: QuerySet[User], cursor: str, order: Sort
) -> tuple[tuple[int, Q], ...]:
    """The roles of these users, by name, limited to the number of rows of a page.

    The cursor's own role is included even if its users are gone.
    """
    held = Q(pk__in=asked.matching(users).values("role")) if asked.q else Q(Exists(users.filter(role=OuterRef("pk"))))
    if cursor:
        held |= Q(pk=Cursor.read(cursor, order).group)
    roles = sorted(contract.roles.filter(held).order_by("id"), key=lambda role: folding.sort_key(role.name))
    return tuple((role.pk, Q(role_id=role.pk)) for role in roles)


@contextmanager
def _by_the_index() -> Iterator[None]:
    """PostgreSQL underestimates the cost of comparing texts, and would read all rows far too early."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        yield


def _next(users: QuerySet[User], order: Sort, cursor: str) -> QuerySet[User]:
    """The users from the cursor on, in its direction."""
    start = Cursor.read(cursor, order) if cursor else None
    ahead = users.filter(order.beyond(start)) if start else users
    return ahead.order_by(*order.order(turned=start is not None and start.backwards))


def read(values: Mapping[str, str]) -> Search:
    """The question in these values of a URL; raises BadRequest (400) for invalid ones."""
    sort = values.get("sort") or DEFAULT_SORT
    known = (
        sort.removeprefix("-") in SORTS
        and values.get("state", "") in ("", *STATES, *MOMENTARY)
        and values.get("required", "") in ("", *REQUIRED)
        and values.get("two_factor", "") in ("", *TWO_FACTOR)
        and values.get("attention", "") in ("", *queries.ATTENTION)
    )
    if not known:
        raise BadRequest(_("This list doesn't have that sort order or filter."))
    return Search(
        q=values.get("q", ""),
        state=values.get("state", ""),
        required=values.get("required", ""),
        two_factor=values.get("two_factor", ""),
        role=_role(values),
        attention=values.get("attention", ""),
        sort=sort,
    )


def _role(values: Mapping[str, str]) -> int | None:
    text = values.get("role", "")
    if not text:
        return None
    role_id = row_id(text)
    if role_id is None:
        raise BadRequest(_("This role doesn't exist."))
    return role_id


def contains(text: str) -> Q:
    """Part of name, username or email, ignoring case and, in the name, accents."""
    return contains_by_name(text) | Q(email__ascii_lower__contains=folding.ascii_lower(text))


def contains_by_name(text: str) -> Q:
    """The same without the email, for people who may not see it."""
    return Q(name_key__contains=folding.plain(text)) | Q(username_key__contains=folding.ascii_lower(text))
