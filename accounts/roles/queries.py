"""The roles of a contract, and their users. Everything starts from the contract, so no other contract's are reached."""

from django.db.models import Count, Q, QuerySet

from accounts.models import Contract, Role, User
from accounts.permissions import ALL_PERMISSIONS
from accounts.roles.rules import RoleSnapshot
from accounts.users.queries import latent_rights, role_order, sub_users
from accounts.users.search import contains, contains_by_name


def roles(contract: Contract) -> list[Role]:
    """Administrator first, then by name, each with the number of its users. One query."""
    return sorted(contract.roles.annotate(number_of_users=Count("users")).order_by("id"), key=role_order)


def seen(role: Role) -> RoleSnapshot:
    return RoleSnapshot(latent_rights(role), role.built_in)


def counted(role: Role) -> tuple[int, int]:
    """How many permissions the role has, of how many there are."""
    return len(role.known_permissions()), len(ALL_PERMISSIONS)


def users_of(role: Role) -> QuerySet[User]:
    return sub_users(role.contract).filter(role=role).select_related("role")


def others(role: Role, *, but: int) -> QuerySet[User]:
    """Users who could be added to the role: all users of the contract without it, except oneself."""
    return sub_users(role.contract).exclude(Q(role=role) | Q(pk=but)).select_related("role")


def matching(q: str, *, by_email: bool) -> Q:
    """By email only for people who may see it: else it could be found letter by letter."""
    return (contains(q) if by_email else contains_by_name(q)) if q else Q()


def chosen(contract: Contract, ids: list[int]) -> list[User]:
    """These users, if all of them are in the contract; otherwise fewer."""
    return list(sub_users(contract).filter(pk__in=ids).select_related("role", "contract").order_by("pk"))
