"""Who belongs to the demo, who doesn't, and how the demo is taken away again."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import origin
from accounts.models import Contract, User
from accounts.users.services import delete_user


def contracts(owner: str) -> QuerySet[Contract]:
    return Contract.objects.filter(owner__username=owner)


def members(accounts: Collection[str], owner: str) -> QuerySet[User]:
    """The demo's own accounts, and whoever was created in its contracts."""
    return User.objects.filter(Q(username__in=accounts) | Q(contract__in=contracts(owner)))


def are_there_others(accounts: Collection[str], owner: str) -> bool:
    return User.objects.exclude(pk__in=members(accounts, owner).values("pk")).exists()


@transaction.atomic
def remove(accounts: Collection[str], owner: str) -> list[str]:
    """Deletes them with their contracts, and returns their usernames. The log keeps its rows."""
    last = User.objects.filter(username=owner)
    people = [*members(accounts, owner).exclude(username=owner).order_by("pk"), *last]
    for user in people:
        if user.username == owner:
            contracts(owner).delete()
        delete_user(actor=None, target=user, origin=origin.SERVER)
    return [user.username for user in people]
