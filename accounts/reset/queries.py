"""Who can be mailed a link, and whose mailed link still works."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import timedelta

from django.db.models import Q, QuerySet
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
    people = _people(mail.actor_id for mail in mails) | waiting
    return frozenset(mail.about_id for mail in mails if mail.about_id and _works(LinkPurpose.EMAIL, mail, people))


def ended_invitations(user_ids: Collection[int] | QuerySet[User, int]) -> frozenset[int]:
    """Which of these users were mailed an invitation and could no longer use it, however much time were left.

    Two queries for any number of users.
    """
    mails = list(OutgoingMail.objects.filter(kind=MailKind.INVITATION, about_id__in=user_ids))
    people = _people(pk for mail in mails for pk in (mail.about_id, mail.actor_id)) if mails else {}
    usable = {mail.about_id for mail in mails if _works(LinkPurpose.INVITATION, mail, people)}
    return frozenset(mail.about_id for mail in mails if mail.about_id and mail.about_id not in usable)


def _people(ids: Iterable[int | None]) -> dict[int, User]:
    return User.objects.select_related("contract", "role").in_bulk({pk for pk in ids if pk})


def _works(purpose: LinkPurpose, mail: OutgoingMail, people: dict[int, User]) -> bool:
    user, by = people.get(mail.about_id or 0), people.get(mail.actor_id or 0)
    return user is not None and bool(by or not mail.actor_id) and links.holds(purpose, mail.binding, user, by)
