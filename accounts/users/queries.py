"""Who is in a contract. Everything about users starts from `members`, so nobody else's are ever reached."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from accounts.models import Attempts, Contract, Role, User
from accounts.permissions import ALL_PERMISSIONS

ACTIVE = Q(two_factor_active_since__isnull=False)
PENDING = Q(two_factor_required=True, two_factor_active_since__isnull=True)
OFF = Q(two_factor_required=False, two_factor_active_since__isnull=True)


def members(contract: Contract) -> QuerySet[User]:
    """The sub-users. Owner and admins are none, whatever their rows say, so nothing here can touch them."""
    people = User.objects.filter(contract=contract, is_staff=False, is_superuser=False)
    return people.exclude(pk=contract.owner_id)


def latent_rights(role: Role | None) -> frozenset[str]:
    """What a role can come to grant: a disabled one counts in full, since it may be enabled any time."""
    if role is None:
        return frozenset()
    return ALL_PERMISSIONS if role.built_in else ALL_PERMISSIONS & set(role.permissions)


def roles(contract: Contract) -> list[Role]:
    """Administrator first."""
    return list(contract.roles.order_by("-built_in", "name", "id"))


@dataclass(frozen=True)
class Coverage:
    """How many users there are, and how far they are with 2FA."""

    total: int
    active: int
    pending: int

    @property
    def without(self) -> int:
        return self.total - self.active - self.pending


def coverage(contract: Contract) -> Coverage:
    counted = members(contract).aggregate(
        total=Count("pk"), active=Count("pk", filter=ACTIVE), pending=Count("pk", filter=PENDING)
    )
    return Coverage(**counted)


@dataclass(frozen=True)
class Lock:
    """Failures that are counted on an account, and until when it has to wait."""

    counted: int
    until: datetime | None


def lock(user: User) -> Lock:
    now = timezone.now()
    found = Attempts.objects.filter(user=user, failures__gt=0).aggregate(
        counted=Count("pk"), until=Max("blocked_until", filter=Q(blocked_until__gt=now))
    )
    return Lock(**found)
