"""Counts of failures of one account, and how to clear them."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Attempts
from accounts.models.attempts import AttemptsQuerySet
from accounts.throttling import budgets


@transaction.atomic(savepoint=False)
def clear(user_id: int) -> int:
    """Unlock: ends all waits of this account and clears what led to them; returns how many waits were active.

    Counters without a wait stay: the hundred wrong codes end with a correct code or a new password, not with an unlock.
    """
    waits = counted(user_id).waiting(timezone.now()).count()
    budgets.locked(counted(user_id)).delete()
    return waits


def counted(user_id: int) -> AttemptsQuerySet:
    """The failures of this account that lead to waits."""
    return Attempts.objects.filter(user_id=user_id).exclude(kind=budgets.ONLY_COUNTED)


@transaction.atomic(savepoint=False)
def forget(*user_ids: int) -> None:
    """All failures counted on these accounts, which are being deleted."""
    budgets.locked(Attempts.objects.filter(user_id__in=user_ids)).delete()


@transaction.atomic(savepoint=False)
def begin_anew(user_id: int, *, waits_too: bool) -> None:
    """After a new password: forgets the wrong codes that would block it, and with `waits_too` all other failures."""
    counted = Attempts.objects.filter(user_id=user_id)
    budgets.locked(counted if waits_too else counted.filter(kind=budgets.ONLY_COUNTED)).delete()
