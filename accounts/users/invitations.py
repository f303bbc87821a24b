"""Who was invited and has not chosen a password yet. An invitation is a row of the log; its link is valid for a day."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Max, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import AuditRow, Event, Outcome, User
from accounts.reset.links import LIFETIME_SECONDS, LinkPurpose

LIFETIME = timedelta(seconds=LIFETIME_SECONDS[LinkPurpose.INVITATION])
SENT = AuditRow.objects.filter(event=Event.INVITED, outcome=Outcome.OK)


def invited_at(user: User) -> datetime | None:
    """When the last invitation was sent, for somebody who has not chosen a password yet."""
    return sent_to([user]).get(user.pk)


def sent_to(users: list[User]) -> dict[int, datetime]:
    """The same for several users, by id. No query if all of them have a password."""
    waiting = [user.pk for user in users if not user.has_usable_password()]
    if not waiting:
        return {}
    sent = SENT.filter(target_id__in=waiting).values("target_id")
    return {pk: last for pk, last in sent.annotate(last=Max("at")).values_list("target_id", "last") if pk}


def open_now(people: QuerySet[User]) -> QuerySet[User]:
    """Users whose invitation is still valid, read from the log of that period."""
    sent = SENT.filter(at__gt=timezone.now() - LIFETIME, contract_id=OuterRef("contract_id"))
    return people.filter(password__startswith=UNUSABLE_PASSWORD_PREFIX, pk__in=sent.values("target_id"))
