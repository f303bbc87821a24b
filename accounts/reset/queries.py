"""Who can be mailed a link, and whose link to confirm a new email still works."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from accounts import folding
from accounts.models import MailKind, OutgoingMail, User
from accounts.models.usernames import named
from accounts.reset import links
from accounts.reset.links import LinkPurpose

_LIFETIME = timedelta(seconds=links.LIFETIME_SECONDS[LinkPurpose.EMAIL])


def mailboxes(typed: str) -> dict[str, list[User]]:
    """The accounts of this username or email, with the address as stored (never as typed)."""
    lower = folding.ascii_lower(typed)
    people = User.objects.filter(named(lower) | Q(email__ascii_lower=lower), is_active=True).exclude(email="")
    found = defaultdict(list)
    for user in people.select_related("role").order_by("username"):
        found[user.email].append(user)
    return dict(found)


def confirmable(users: Iterable[User]) -> frozenset[int]:
    """Which of these users can still confirm their new email: a link was mailed and works, or waits to be mailed.

    Two queries for any number of users, none if nobody has an unconfirmed email.
    """
    waiting = {user.pk: user for user in users if user.pending_email and user.is_active}
    if not waiting:
        return frozenset()
    usable = Q(finished_at__isnull=True) | Q(finished_at__gt=timezone.now() - _LIFETIME, failure="")
    mails = list(OutgoingMail.objects.filter(usable, kind=MailKind.NEW_EMAIL, about_id__in=waiting))
    people = User.objects.select_related("contract", "role").in_bulk({mail.actor_id for mail in mails if mail.actor_id})
    return frozenset(mail.about_id for mail in mails if mail.about_id and _works(mail, waiting[mail.about_id], people))


def _works(mail: OutgoingMail, user: User, people: dict[int, User]) -> bool:
    by = people.get(mail.actor_id) if mail.actor_id else None
    return (by is not None or not mail.actor_id) and links.holds(LinkPurpose.EMAIL, mail.binding, user, by)
