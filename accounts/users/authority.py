"""Is somebody still allowed what they were allowed when they asked for it?

A change that is asked for now and takes effect later (a mailed link), or that is written a moment after the gate let it
through, holds only while both sides are as they were then: role, what the role grants, state.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, F, Q, QuerySet

from accounts.gate.backends import permissions_in
from accounts.models import Role, User
from accounts.users import rules
from accounts.users.queries import latent_rights
from accounts.users.rules import Change, Viewer

OTHER_RIGHTS: dict[str, Any] = {
    "rights_version": F("rights_version") + 1,
    "pending_email": "",
    "pending_email_by": None,
}
"""Written with each change of what an account may: links that were mailed before are dead."""


def versions(user: User) -> tuple[int, int]:
    """Two numbers of which one goes up whenever the rights of this account change."""
    return user.rights_version, user.role.version if user.role else 0


def may_still(changes: Iterable[Change], requester: User, target: User) -> bool:
    """May this person, as the database has them now, do one of these things to that account?"""
    if not requester.is_active:
        return False
    if requester.pk == target.pk:
        return True
    if target.contract is None:
        return requester.is_superuser
    is_owner = target.contract.owner_id == requester.pk
    viewer = Viewer(requester.pk, permissions_in(requester, target.contract), is_owner)
    rights = latent_rights(target.role)
    return any(rules.allows(change, viewer, target_id=target.pk, rights=rights) for change in changes)


def as_seen(user: User) -> Q:
    """Matches the row of this account while its role, and what that grants, are the ones that were looked at."""
    seen = Q(pk=user.pk, role=user.role, rights_version=user.rights_version)
    if user.role is None:
        return seen
    return seen & Q(Exists(Role.objects.filter(pk=user.role.pk, version=user.role.version)))


def as_decided(actor: User | None, target: User) -> QuerySet[User]:
    """The row to be changed, while both who changes it and the row itself are as the rules were asked about.

    `actor` is None for the operator. The conditions on the row stand in the statement itself and in no subquery: those
    PostgreSQL reads again after it has waited for another transaction.
    """
    rows = User.objects.filter(as_seen(target))
    if actor is None or actor.pk == target.pk:
        return rows
    return rows.filter(Exists(User.objects.filter(as_seen(actor), is_active=True)))


def end_requests(users: QuerySet[User]) -> None:
    """Takes away the new emails that these people asked for, or that were asked for them, and nobody has confirmed.

    Their links are dead by the versions anyway, so a row that somebody else holds is passed over, not waited for.
    """
    for concerned in (Q(pending_email_by__in=users), Q(pk__in=users)):
        _withdraw(User.objects.filter(concerned))


def end_requests_by(*user_ids: int) -> None:
    """The same for emails that these accounts asked for; their own is cleared by `OTHER_RIGHTS`, or goes with them."""
    _withdraw(User.objects.filter(pending_email_by__in=user_ids))


def _withdraw(concerned: QuerySet[User]) -> None:
    asked = concerned.exclude(pending_email="").select_for_update(skip_locked=True, no_key=True)
    waiting = list(asked.values_list("pk", flat=True))
    if waiting:
        User.objects.filter(pk__in=waiting).update(pending_email="", pending_email_by=None)
