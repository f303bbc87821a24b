"""The contracts of an owner, with what the page for choosing one shows. One query for any number."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts import folding
from accounts.models import Contract, User

SUB_USER = Q(sub_users__is_staff=False, sub_users__is_superuser=False)
ACTIVE = SUB_USER & Q(sub_users__two_factor_active_since__isnull=False)


@dataclass(frozen=True)
class Summary:
    id: int
    name: str
    number: str
    users: int
    active_users: int
    """Users who have set it up."""

    @property
    def coverage(self) -> int:
        """Percent, rounded down, so that 100 means all of them."""
        return 100 * self.active_users // self.users if self.users else 0


def held_by(owner: User) -> QuerySet[Contract]:
    return Contract.objects.filter(owner=owner)


def summaries(owner: User) -> list[Summary]:
    counted = held_by(owner).annotate(
        users=Count("sub_users", filter=SUB_USER), active_users=Count("sub_users", filter=ACTIVE)
    )
    rows = counted.order_by("id").values_list("id", "name", "number", "users", "active_users")
    return sorted((Summary(*row) for row in rows), key=lambda held: folding.sort_key(held.name))
