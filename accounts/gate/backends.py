"""Which permissions an account has in a contract.

It authenticates nobody: `authenticate()` is the empty one of Django's base class, so that only the panel's own login
(`twofactor.login`) can open a session.
"""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db.models import QuerySet

from accounts.models import Contract, User
from accounts.permissions import ALL_PERMISSIONS


def permissions_in(user: User, contract: Contract | None) -> frozenset[str]:
    """All permissions for the owner in their contract, those of the role for a sub-user, otherwise none, even for
    superusers."""
    if contract is None or not user.is_active:
        return frozenset()
    if contract.owner_id == user.pk:
        return ALL_PERMISSIONS
    return user.role.granted() if user.role and user.contract_id == contract.pk else frozenset()


class ContractBackend(BaseBackend):
    joined: tuple[str, ...] = ("role", "contract")
    """Fetched with the user in the same query."""

    def users(self) -> QuerySet[User]:
        return User.objects.select_related(*self.joined)

    def get_user(self, user_id: int) -> User | None:
        return self.users().filter(pk=user_id, is_active=True).first()

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        contract = obj if isinstance(obj, Contract) else getattr(user_obj, "contract", None)
        return set(permissions_in(user_obj, contract)) if isinstance(user_obj, User) else set()
