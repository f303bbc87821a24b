"""What a viewer may do to a user, and which forms they are offered for it."""

from dataclasses import dataclass

from django.urls import reverse

from accounts.models import User
from accounts.users import queries, rules
from accounts.users.rules import UserChange, Viewer


@dataclass(frozen=True)
class UserAccess:
    """What this viewer may do to this user."""

    user: User
    viewer: Viewer
    rights: frozenset[str]

    def allows(self, change: UserChange) -> bool:
        return rules.allows(change, self.viewer, target_id=self.user.pk, rights=self.rights)

    @property
    def may_unlock(self) -> bool:
        return self.allows(rules.UNLOCK)

    @property
    def may_delete(self) -> bool:
        return self.allows(rules.DELETE)

    @property
    def may_reset(self) -> bool:
        return self.viewer.is_owner and self.user.uses_two_factor

    def pencil(self, change: UserChange, name: str) -> str:
        """The address of a form, if it would open for this viewer."""
        return reverse(name, args=[self.user.pk]) if self.allows(change) else ""


def access_of_viewer(user: User, viewer: Viewer) -> UserAccess:
    return UserAccess(user, viewer, queries.latent_rights(user.role))
