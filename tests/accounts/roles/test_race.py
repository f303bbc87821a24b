"""A role that is deleted while somebody else gives it to a user: either one wins, never both."""

from threading import Barrier, Thread

import pytest
from django.db import connections

from accounts.models import Role, User
from accounts.origin import SERVER
from accounts.roles import services
from accounts.users.services import RoleGone
from tests.factories import make_member, make_owner, make_role


@pytest.mark.django_db(transaction=True)
def test_a_role_is_deleted_or_given_but_never_both():
    owner = make_owner()
    contract = owner.contracts.get()
    for round_ in range(5):
        user = make_member(contract, f"user{round_}", role=make_role(contract))
        role = make_role(contract, "users.show")
        won = _at_once(
            lambda role=role: services.delete_role(actor=owner, role=role, origin=SERVER),
            lambda role=role, user=user: services.put_users(actor=owner, role=role, targets=[user], origin=SERVER),
        )
        assert len(won) == 1
        assert Role.objects.filter(pk=role.pk).exists() is (won == [1])
        assert (User.objects.get(pk=user.pk).role_id == role.pk) is (won == [1])


def _at_once(*changes) -> list[int]:
    """Which of these changes were done."""
    barrier, won = Barrier(len(changes)), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            changes[number]()
            won.append(number)
        except (services.RoleInUse, services.RoleMoved, RoleGone):
            pass
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(number,)) for number in range(len(changes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return won
