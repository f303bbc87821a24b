"""The group that an application is told of a person: the owner's, or the name of the role. Pure.

Applications make administrators of the owner's group. Whoever may name a role must not get into it by that, so a role
that is called like it is told as none.
"""

from accounts import folding

OWNER = "owner"
"""As it is told by OpenID Connect; the guard writes it with a capital letter."""


def of_role(name: str | None) -> str:
    """The group of people with this role; empty for none."""
    return name if name and folding.folded(name).strip() != OWNER else ""
