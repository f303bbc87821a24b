"""What the budgets of failures say about one account, and how they are forgotten."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Attempts
from accounts.models.attempts import AttemptsQuerySet
from accounts.throttling import budgets


@transaction.atomic(savepoint=False)
def clear(user_id: int) -> int:
    """Unlock: ends every wait of this account and forgets what led to it; how many waits were running.

    What only counts stays: the hundred wrong codes end with a right code or a new password, not with an unlock.
    """
    waits = counted(user_id).waiting(timezone.now()).count()
    budgets.locked(counted(user_id)).delete()
    return waits


def counted(user_id: int) -> AttemptsQuerySet:
    """The failures of this account that lead to waits."""
    return Attempts.objects.filter(user_id=user_id).exclude(kind=budgets.ONLY_COUNTED)


@transaction.atomic(savepoint=False)
def forget(*user_ids: int) -> None:
    """Every failure ever counted on these accounts: they have a new password, or are going away."""
    budgets.locked(Attempts.objects.filter(user_id__in=user_ids)).delete()
