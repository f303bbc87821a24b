"""Who can be mailed a link."""

from collections import defaultdict

from django.db.models import Q

from accounts import folding
from accounts.models import User
from accounts.models.usernames import named


def mailboxes(typed: str) -> dict[str, list[User]]:
    """The accounts of this username or email, with the address as stored (never as typed)."""
    lower = folding.ascii_lower(typed)
    people = User.objects.filter(named(lower) | Q(email__ascii_lower=lower), is_active=True).exclude(email="")
    found = defaultdict(list)
    for user in people.select_related("role").order_by("username"):
        found[user.email].append(user)
    return dict(found)
