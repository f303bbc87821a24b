"""Whether somebody still has the permission that they had when they requested a change.

A change that takes effect later (a mailed link), or is written a moment after the gate allowed it, is valid only while
both accounts are unchanged: role, what the role grants, state. While a request runs, its session must go on as well.
"""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Exists, F, Model, Q, QuerySet

from accounts.gate.backends import permissions_in
from accounts.models import Role, Session, User
from accounts.users import rules
from accounts.users.queries import latent_rights
from accounts.users.rules import UserChange, Viewer

Row = TypeVar("Row", bound=Model)


class RightGone(Exception):
    """The actor's permissions have changed, or the account or session was ended, since the gate allowed the change."""


OTHER_RIGHTS: dict[str, Any] = {
    "rights_version": F("rights_version") + 1,
    "pending_email": "",
    "pending_email_by": None,
}
"""Written with each change of an account's permissions, to invalidate links mailed before."""


def versions(user: User) -> tuple[int, int]:
    """Two numbers, one of which is incremented whenever the permissions of this account change."""
    return user.rights_version, user.role.version if user.role else 0


def may_still(changes: Iterable[UserChange], requester: User, target: User) -> bool:
    """Whether this person, as stored now, may do one of these things to that account."""
    if not requester.is_active:
        return False
    if requester.pk == target.pk:
        return True
    if target.contract is None:
        return requester.is_superuser
    viewer = Viewer(requester.pk, permissions_in(requester, target.contract))
    rights = latent_rights(target.role)
    return any(rules.allows(change, viewer, target_id=target.pk, rights=rights) for change in changes)


def owns(actor: User, target: User) -> bool:
    """Whether this is the owner of the contract that the account belongs to."""
    return target.contract is not None and target.contract.owner_id == actor.pk


def decides(actor: User | None, target: User) -> bool:
    """Whether this is the operator, an admin or the owner: what they do to an account, nobody else undoes, and they
    alone free an account that waits for its setup in one browser and unblock a password that may be compromised."""
    return actor is None or actor.is_staff or owns(actor, target)


def as_seen(user: User) -> Q:
    """Matches the row of this account while its role, and what that grants, are those that were read."""
    seen = Q(pk=user.pk, role=user.role, rights_version=user.rights_version)
    if user.role is None:
        return seen
    return seen & Q(Exists(Role.objects.filter(pk=user.role.pk, version=user.role.version, opens=user.role.opens)))


def as_decided(actor: User | None, target: User) -> QuerySet[User]:
    """The row to be changed, while both the actor and the target are as the rules were checked for.

    `actor` is None for the operator. Call it within the transaction of the change: the row is `settled`.
    """
    return _while_still(actor, target, as_seen(target))


def of_target(actor: User | None, target: User) -> QuerySet[User]:
    """The row to be changed by the owner, an admin or the operator, whatever the target's role is by now: they may
    do it to anybody, and nobody escapes a reset by changing what their role grants. Call it as `as_decided`."""
    return _while_still(actor, target, Q(pk=target.pk))


def _while_still(actor: User | None, target: User, row: Q) -> QuerySet[User]:
    if actor is None or actor.pk == target.pk:
        return User.objects.filter(row)
    return settled(User.objects.filter(pk=target.pk)).filter(row, Exists(still(actor)))


def settled(rows: QuerySet[Row], *, no_key: bool = True) -> QuerySet[Row]:
    """The same rows, locked until the transaction ends, in a statement of its own.

    After a wait for a row PostgreSQL reads that row again, but what a condition asks of other rows (is the actor still
    active?) as it was before the wait. So the wait comes first. Not `no_key` for rows that are to be deleted.
    """
    if connection.features.has_select_for_update:
        list(rows.order_by("pk").select_for_update(no_key=no_key).values_list("pk"))
    return rows


def still(actor: User) -> QuerySet[User]:
    """The row of this account while it is active, has the permissions that were read, and its session goes on."""
    return User.objects.filter(as_seen(actor), in_session(actor), is_active=True)


def in_session(actor: User) -> Q:
    """Holds while the session whose request this is goes on; always outside of requests."""
    if actor.session_sid is None:
        return Q()
    return Q(Exists(Session.objects.filter(sid=actor.session_sid, user=actor.pk, signed_in=True)))


def check_still(actor: User | None) -> None:
    """Raises RightGone. The operator keeps every right."""
    if actor and not still(actor).exists():
        raise RightGone


def end_requests(users: QuerySet[User]) -> None:
    """Removes unconfirmed new emails that these people requested, or that were requested for them.

    Their links are invalid by the versions anyway, so rows locked by somebody else are skipped, not waited for.
    """
    for concerned in (Q(pending_email_by__in=users), Q(pk__in=users)):
        _withdraw(User.objects.filter(concerned))


def end_requests_by(*user_ids: int) -> None:
    """The same for emails that these accounts requested. Their own is cleared by `OTHER_RIGHTS`, or deleted with
    them."""
    _withdraw(User.objects.filter(pending_email_by__in=user_ids))


def take_back(account: User) -> None:
    """Withdraws the new emails that this account requested for others, since an impostor may have done so.

    Called where somebody else ends the account's sessions. Invitations stay: they go to the address that the account
    has, and an owner would undo their own by mistake.
    """
    end_requests_by(account.pk)


def _withdraw(concerned: QuerySet[User]) -> None:
    asked = concerned.exclude(pending_email="").select_for_update(skip_locked=True, no_key=True)
    waiting = list(asked.values_list("pk", flat=True))
    if waiting:
        User.objects.filter(pk__in=waiting).update(pending_email="", pending_email_by=None)
