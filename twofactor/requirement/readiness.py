"""Who is affected if 2FA becomes required, shown to the owner beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import Session, User
from accounts.models.session import alive


@dataclass(frozen=True)
class Readiness:
    """`online` holds the ids of users who are logged in now; the other fields are counts."""

    online: frozenset[int]
    ready: int
    without_email: int
    never_logged_in: int


def readiness_of(people: Sequence[User]) -> Readiness:
    """Counts with one query."""
    return Readiness(
        online=_online(people),
        ready=sum(user.two_factor_active for user in people),
        without_email=sum(not user.email for user in people),
        never_logged_in=sum(user.last_login is None for user in people),
    )


def _online(people: Sequence[User]) -> frozenset[int]:
    living = Session.objects.filter(alive(timezone.now()), signed_in=True)
    ids = living.filter(user__in=[user.pk for user in people]).values_list("user_id", flat=True)
    return frozenset(pk for pk in ids if pk is not None)
