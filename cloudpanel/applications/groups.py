"""The group of a person as an application receives it: the owner's, or the name of the role. Pure.

Applications make members of the owner's group administrators. So that nobody becomes one by naming a role, a role with
the name of that group is sent as no group.
"""

from accounts import folding

OWNER = "owner"
"""As sent by OpenID Connect; the guard capitalizes it."""


def of_role(name: str | None) -> str:
    """The group of people with this role; empty for none."""
    return name if name and folding.folded(name).strip() != OWNER else ""
