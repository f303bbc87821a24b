"""The switch between an owner's contracts that is on every page, and where it leads."""

from dataclasses import dataclass

from accounts import folding
from accounts.contracts import queries
from accounts.models import Contract, User

SHOWN = 50
MANAGEMENT = "/management/"


@dataclass(frozen=True)
class ContractChoice:
    id: int
    name: str


def choices(user: User, contract: Contract) -> list[ContractChoice]:
    """The contracts of an owner, by name; the first `SHOWN` that were created. One query, or none without a choice."""
    if not (contract.owner_id == user.pk and contract.one_of_several):
        return []
    rows = queries.held_by(user).order_by("id").values_list("id", "name")[:SHOWN]
    return sorted((ContractChoice(*row) for row in rows), key=lambda choice: folding.sort_key(choice.name))


def same_kind(path: str, *, of_one: bool) -> str:
    """The page of this path in another contract. Pages of one user, role or application lead to their list."""
    if of_one and path.startswith(MANAGEMENT):
        return "/".join(path.split("/")[:3]) + "/"
    return path
