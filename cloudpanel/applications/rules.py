"""Which changes of an application need more than their permission. Pure."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ORDER = ("login", "two_factor", "passkey")
OWNERS = _(
    "Only the account owner can delete this application or change its origin, because it needs more than a login. "
    "Otherwise another application could take its origin and need less."
)
ACCESS = _(
    "You can't delete this application or change its origin, because not everybody may open it and you may not change "
    "that. Otherwise another application could take its origin and be open to everybody."
)


def lowers(old: tuple[str, int | None], new: tuple[str, int | None]) -> bool:
    """Whether `needs` and `reauthenticate_minutes` become less strict: a weaker method, or an older login."""
    (old_needs, old_minutes), (new_needs, new_minutes) = old, new
    if ORDER.index(new_needs) < ORDER.index(old_needs):
        return True
    return old_minutes is not None and (new_minutes is None or new_minutes > old_minutes)


def keeps_origin(
    *, needs: str, minutes: int | None, who: str, permissions: frozenset[str], is_owner: bool
) -> str | Promise | None:
    """Why this person may not give up the origin of an application, by deleting or moving it; None if they may.

    Whoever creates an application at an origin decides what the console there needs and who may open it, so an origin
    is given up only by those who may make both as weak as for a new application.
    """
    if (needs, minutes) != (ORDER[0], None) and not is_owner:
        return OWNERS
    return ACCESS if who != "everybody" and "applications.manage_access" not in permissions else None
