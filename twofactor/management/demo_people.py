"""Which accounts belong to the demo, and how to remove them."""

from collections.abc import Collection

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import origin
from accounts.models import Contract, User
from accounts.users.services import delete_user


def contracts(owner: str) -> QuerySet[Contract]:
    return Contract.objects.filter(owner__username=owner)


def those_of_demo(accounts: Collection[str], owner: str) -> QuerySet[User]:
    """The demo's accounts, and all that were created in its contracts."""
    return User.objects.filter(Q(username__in=accounts) | Q(contract__in=contracts(owner)))


def are_there_others(accounts: Collection[str], owner: str) -> bool:
    return User.objects.exclude(pk__in=those_of_demo(accounts, owner).values("pk")).exists()


@transaction.atomic
def remove(accounts: Collection[str], owner: str) -> list[str]:
    """Deletes the demo's accounts and contracts, and returns the usernames. Log rows stay."""
    last = User.objects.filter(username=owner)
    people = [*those_of_demo(accounts, owner).exclude(username=owner).order_by("pk"), *last]
    for user in people:
        if user.username == owner:
            contracts(owner).delete()
        delete_user(actor=None, target=user, origin=origin.SERVER)
    return [user.username for user in people]
