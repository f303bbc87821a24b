"""The contracts that an owner holds, with what the choice between them needs to show. One query, however many."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts import folding
from accounts.models import Contract, User

SUB_USER = Q(members__is_staff=False, members__is_superuser=False)
ACTIVE = SUB_USER & Q(members__two_factor_active_since__isnull=False)


@dataclass(frozen=True)
class Summary:
    id: int
    name: str
    number: str
    users: int
    active_users: int
    """Those with an authenticator."""

    @property
    def coverage(self) -> int:
        """Percent, rounded down, so that only all of them are 100."""
        return 100 * self.active_users // self.users if self.users else 0


def held_by(owner: User) -> QuerySet[Contract]:
    return Contract.objects.filter(owner=owner)


def summaries(owner: User) -> list[Summary]:
    counted = held_by(owner).annotate(
        users=Count("members", filter=SUB_USER), active_users=Count("members", filter=ACTIVE)
    )
    rows = counted.order_by("id").values_list("id", "name", "number", "users", "active_users")
    return sorted((Summary(*row) for row in rows), key=lambda held: folding.sort_key(held.name))
