"""`housekeeping` for keys."""

from typing import Any

from accounts.management.commands.housekeeping import remove
from twofactor.keys import challenges


def remove_challenges(sender: object, **_kwargs: Any) -> None:
    """Challenges that were never answered."""
    remove(challenges.expired())
