"""Who is in a contract. All queries about users start from `sub_users`, so that no other contract's are reached."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts import folding
from accounts.lists import counting
from accounts.lists.counting import Number
from accounts.models import Attempts, Contract, Role, User
from accounts.models.attempts import active
from accounts.notices.texts import FEW_CODES
from accounts.throttling import locks

ACTIVE = Q(two_factor_active_since__isnull=False)
OFF = Q(two_factor_required=False, two_factor_active_since__isnull=True)
BY_NAME = ("name_key", "id")


def has_come() -> Q:
    """Among users for whom 2FA is required: at once, or since a time that has passed."""
    return Q(two_factor_required_from__isnull=True) | Q(two_factor_required_from__lte=timezone.now())


def is_ahead() -> Q:
    """2FA becomes required at a time in the future."""
    return Q(two_factor_required=True, two_factor_required_from__gt=timezone.now())


def pending() -> Q:
    """Required now, and not set up."""
    return Q(two_factor_required=True, two_factor_active_since__isnull=True) & has_come()


def planned() -> Q:
    """Required in the future, and not set up."""
    return Q(two_factor_active_since__isnull=True) & is_ahead()


def sub_users(contract: Contract) -> QuerySet[User]:
    """The sub-users. Owners and admins are excluded, whatever their rows say, so that nothing here can change them."""
    people = User.objects.filter(contract=contract, is_staff=False, is_superuser=False)
    return people.exclude(pk=contract.owner_id)


def _stolen(people: QuerySet[User]) -> QuerySet[User]:
    return people.filter(password_revoked_at__isnull=False)


def locked(people: QuerySet[User]) -> QuerySet[User]:
    """Read from the active waits, which are few, however many people there are."""
    running = Attempts.objects.filter(user__isnull=False).waiting(timezone.now())
    return people.filter(pk__in=running.values("user"))


def _with_few_codes(people: QuerySet[User]) -> QuerySet[User]:
    """Read from the used codes; users who used none have all of them.

    The codes belong to the other app, so they are reached by the name of their relation to the user.
    """
    used = User.objects.filter(recovery_codes__used_at__isnull=False).order_by()
    unused = Count("recovery_codes", filter=Q(recovery_codes__used_at__isnull=True))
    left = User.objects.filter(pk=OuterRef("pk")).annotate(left=unused).order_by()
    concerned = people.filter(ACTIVE, pk__in=used.values("pk"))
    return concerned.alias(codes_left=Subquery(left.values("left"))).filter(codes_left__lte=FEW_CODES)


def _set_by_other(people: QuerySet[User]) -> QuerySet[User]:
    """Users who must choose a new password at the next login need no attention."""
    return people.filter(password_set_by_other=True, must_change_password=False)


def _unreachable(people: QuerySet[User]) -> QuerySet[User]:
    return people.filter(mail_failed_at__isnull=False)


ATTENTION = {
    "stolen": _stolen,
    "locked": locked,
    "mail": _unreachable,
    "few_codes": _with_few_codes,
    "set_by_other": _set_by_other,
}
"""What needs attention; each narrows users down to those concerned."""


def latent_rights(role: Role | None) -> frozenset[str]:
    """What a role can grant. A disabled role counts in full, since it may be enabled at any time."""
    return role.rights() if role else frozenset()


def roles(contract: Contract) -> list[Role]:
    return sorted(contract.roles.order_by("id"), key=role_order)


def role_order(role: Role) -> tuple[bool, str]:
    """Administrator first, then by name as readers expect."""
    return not role.built_in, folding.sort_key(role.name)


@dataclass(frozen=True)
class Coverage:
    """How many users there are, and their state of 2FA; each number up to the bound of `counting`."""

    total: Number
    active: Number
    pending: Number
    planned: Number
    without: Number


def coverage(contract: Contract) -> Coverage:
    people = sub_users(contract)
    active = people.filter(ACTIVE).order_by("two_factor_active_since", "id")
    by_name = {"pending": pending(), "planned": planned(), "without": OFF}
    groups = {"total": people, "active": active} | {
        name: people.filter(which).order_by(*BY_NAME) for name, which in by_name.items()
    }
    return Coverage(**counting.count(contract, groups))


@dataclass(frozen=True)
class Lock:
    """How many counts of failures an account has that lead to waits, and until when it has to wait."""

    counts: int
    until: datetime | None


def lock(user: User) -> Lock:
    found = locks.counted(user.pk).filter(failures__gt=0)
    until = Max("blocked_until", filter=active(timezone.now()))
    return Lock(**found.aggregate(counts=Count("pk"), until=until))


def locked_among(users: list[User]) -> frozenset[int]:
    """The ids of users who have to wait now."""
    running = Attempts.objects.filter(user__in=[user.pk for user in users]).waiting(timezone.now())
    return frozenset(running.values_list("user", flat=True)) if users else frozenset()
