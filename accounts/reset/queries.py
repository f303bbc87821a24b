"""To whom a link may be mailed."""

from collections import defaultdict

from django.db.models import Q

from accounts.models import User


def mailboxes(typed: str) -> dict[str, list[User]]:
    """The accounts of this username or e-mail, by the address as the account has it (never as it was typed)."""
    named = Q(username__lower=typed.lower()) if typed.isascii() else Q()
    people = User.objects.filter(named | Q(email__iexact=typed), is_active=True).exclude(email="")
    found = defaultdict(list)
    for user in people.order_by("username"):
        found[user.email].append(user)
    return dict(found)
