"""Who was invited and has not chosen a password yet. An invitation is a row of the log; its link is valid for a day.

The link ends earlier when the account, what its role grants or who invited is changed (`accounts/reset/links.py`). That
is read from the mail, or from later rows of the log where there is none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import AuditRow, Event, Outcome, User
from accounts.reset.links import LIFETIME_SECONDS, LinkPurpose
from accounts.reset.queries import ended_invitations
from accounts.texts import Text

LIFETIME = timedelta(seconds=LIFETIME_SECONDS[LinkPurpose.INVITATION])
DONE = AuditRow.objects.filter(outcome=Outcome.OK)
SENT = Q(event=Event.INVITED)
CHANGED = Q(event__in=(Event.USER_EMAIL, Event.USER_ROLE, Event.USER_STATE, Event.TWO_FACTOR_RESET)) | Q(
    event=Event.TWO_FACTOR_REQUIRED, detail__has_key="cleared"
)
NO_MAIL_SERVER = _("This panel can't send email, so an invitation can't be sent. Set a password for the user.")
NOT_ACTIVE = _("A deactivated user can't be invited. Activate the user first.")
NO_EMAIL = _("This user has no email address, so an invitation can't be sent.")


def why_not(user: User) -> Text | None:
    """Why this user can't be invited; None if they can."""
    if not settings.MAIL_ENABLED:
        return NO_MAIL_SERVER
    if not user.is_active:
        return NOT_ACTIVE
    return None if user.email else NO_EMAIL


@dataclass(frozen=True)
class Invitation:
    at: datetime
    """When the last one was sent."""
    overtaken: bool
    """Whether something was changed since, so that the link no longer works."""

    @property
    def seconds_left(self) -> float:
        return 0 if self.overtaken else (self.at + LIFETIME - timezone.now()).total_seconds()


def invitation_of(user: User) -> Invitation | None:
    """The last invitation of somebody who has not chosen a password yet."""
    return sent_to([user]).get(user.pk)


def sent_to(users: list[User]) -> dict[int, Invitation]:
    """The same for several users, by id, by three queries. One if none of them was invited, none if all have a
    password."""
    waiting = [user.pk for user in users if not user.has_usable_password()]
    if not waiting:
        return {}
    rows = DONE.filter(SENT | CHANGED, target_id__in=waiting).values_list("target_id")
    last = rows.annotate(when=Max("at", filter=SENT), sent=Max("pk", filter=SENT), newest=Max("pk"))
    found = {pk: Invitation(at, overtaken=newest > sent) for pk, at, sent, newest in last if pk and sent}
    ended = ended_invitations([pk for pk, invitation in found.items() if not invitation.overtaken])
    return found | {pk: Invitation(found[pk].at, overtaken=True) for pk in ended}


def open_now(people: QuerySet[User]) -> QuerySet[User]:
    """Users whose invitation is still valid, read from the log and the mails of that period."""
    sent = DONE.filter(SENT, at__gt=timezone.now() - LIFETIME, target_id=OuterRef("pk"))
    overtaken = DONE.filter(CHANGED, target_id=OuterRef("target_id"), pk__gt=OuterRef("pk"))
    found = people.filter(Exists(sent.exclude(Exists(overtaken))), password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return found.exclude(pk__in=ended_invitations(found.order_by().values_list("pk", flat=True)))
