"""All changes to roles, one function each.

A change is one transaction with one conditional update and one log row. If nothing changes, nothing is written and
False is returned. The caller has checked `rules` first. The result holds only for the permissions that were checked, so
every write requires exactly those, and leaves a role alone that has gained more in the meantime.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, ProtectedError, QuerySet

from accounts import folding
from accounts.audit.record import record_event
from accounts.models import Contract, Event, Role, User
from accounts.origin import Origin
from accounts.users import authority
from accounts.users import services as users

GRANTING = ("permissions", "enabled")
"""Events that change what the role grants. They invalidate links mailed by or to its users, by the role's version."""


class NameTaken(Exception):
    """Another role of the contract has this name, ignoring case."""


class RoleMoved(Exception):
    """The role was changed or deleted by somebody else since it was read. Where the actor's own permissions have
    changed instead, `authority.RightGone` is raised."""


class RoleInUse(Exception):
    """The role has users."""


def create_role(
    *,
    actor: User,
    contract: Contract,
    name: str,
    description: str,
    permissions: frozenset[str],
    origin: Origin,
    enabled: bool = True,
    cloned_from: str = "",
) -> Role:
    """Creates a role. Raises NameTaken."""
    role = Role(contract=contract, name=name, description=description, permissions=sorted(permissions), enabled=enabled)
    detail = {"permissions": role.permissions} | ({"cloned_from": cloned_from} if cloned_from else {})
    with transaction.atomic():
        authority.check_still(actor)
        check_free(contract.pk, name)
        _insert(role)
        record_event(Event.ROLE_CREATED, origin=origin, actor=actor, target=role, detail=detail)
    return role


def _insert(role: Role) -> None:
    try:
        with transaction.atomic():
            role.save(force_insert=True)
    except IntegrityError as error:
        raise NameTaken from error


def clone_role(*, actor: User, role: Role, name: str, description: str, origin: Origin) -> Role:
    """The same permissions and state under another name. A clone of Administrator is an ordinary role."""
    return create_role(
        actor=actor,
        contract=role.contract,
        name=name,
        description=description,
        permissions=role.known_permissions(),
        enabled=role.enabled,
        cloned_from=role.name,
        origin=origin,
    )


def set_name(*, actor: User, role: Role, name: str, origin: Origin) -> bool:
    """Raises NameTaken. Another spelling of its own name is a new name."""
    with transaction.atomic():
        check_free(role.contract_id, name, but=role)
        try:
            with transaction.atomic():
                return _change(role, "name", role.name, name, actor, origin, {"old": role.name, "new": name})
        except IntegrityError as error:
            raise NameTaken from error


def set_description(*, actor: User, role: Role, description: str, origin: Origin) -> bool:
    """The description isn't repeated in the log, since people may write anything there."""
    return _change(role, "description", role.description, description, actor, origin, {})


def set_state(*, actor: User, role: Role, enabled: bool, origin: Origin) -> bool:
    """A disabled role grants nothing from its users' next request on."""
    detail = {"old": _state(enabled=role.enabled), "new": _state(enabled=enabled)}
    return _change(role, "enabled", role.enabled, enabled, actor, origin, detail)


def set_permissions(*, actor: User, role: Role, permissions: frozenset[str], origin: Origin) -> bool:
    old = frozenset(role.permissions)
    detail = {"added": sorted(permissions - old), "removed": sorted(old - permissions)}
    return _change(role, "permissions", sorted(old), sorted(permissions), actor, origin, detail)


def delete_role(*, actor: User, role: Role, origin: Origin) -> None:
    """Raises RoleInUse. Locks the row first, so that a concurrent assignment waits, or is waited for."""
    with transaction.atomic():
        if not _as_seen(role, actor, no_key=False).exists():
            raise _moved(actor)
        if role.users.exists():
            raise RoleInUse
        try:
            Role.objects.filter(pk=role.pk).delete()
        except ProtectedError as error:
            raise RoleInUse from error
        record_event(
            Event.ROLE_DELETED, origin=origin, actor=actor, target=role, detail={"permissions": role.permissions}
        )


def put_users(*, actor: User, role: Role, targets: list[User], origin: Origin) -> int:
    """Adds all of them to the role, each with a log row, and returns how many didn't have it. All or nothing."""
    with transaction.atomic():
        if not _as_seen(role, actor).exists():
            raise _moved(actor)
        targets = sorted(targets, key=lambda user: user.pk)
        moved = [users.set_role(actor=actor, target=user, role=role, origin=origin) for user in targets]
    return sum(moved)


def set_opens(opens: Mapping[int, Sequence[int]]) -> None:
    """Writes into these roles, which the caller has locked, which applications they open (ids by the role's id)."""
    for role, applications in opens.items():
        Role.objects.filter(pk=role).update(opens=applications)


def _state(*, enabled: bool) -> str:
    return "active" if enabled else "disabled"


def _as_seen(role: Role, actor: User, *, no_key: bool = True) -> QuerySet[Role]:
    """The row, `settled`, while it grants what the rules were checked for, and its actor has the permissions that they
    saw."""
    rows = authority.settled(Role.objects.filter(pk=role.pk), no_key=no_key)
    unchanged = {"permissions": role.permissions, "opens": role.opens, "version": role.version}
    return rows.filter(Exists(authority.still(actor)), **unchanged)


def _moved(actor: User) -> Exception:
    return RoleMoved() if authority.still(actor).exists() else authority.RightGone()


def check_free(contract_id: int, name: str, but: Role | None = None) -> None:
    """Raises NameTaken. The constraint decides in the end; this also finds roles without a key, which a server of the
    previous version has created."""
    others = Role.objects.filter(contract_id=contract_id)
    taken = others.exclude(pk=but.pk) if but else others
    if folding.folded(name) in {folding.folded(other) for other in taken.values_list("name", flat=True)}:
        raise NameTaken


def _change(role: Role, field: str, old: Any, new: Any, actor: User, origin: Origin, detail: dict[str, Any]) -> bool:
    """Writes one field if it has not changed; raises RoleMoved if somebody else was faster."""
    if old == new:
        return False
    with transaction.atomic():
        changes = {field: new} | ({"version": F("version") + 1} if field in GRANTING else {})
        if not _as_seen(role, actor).filter(built_in=False, **{field: getattr(role, field)}).update(**changes):
            raise _moved(actor)
        if field in GRANTING:
            authority.end_requests(User.objects.filter(role=role))
        named = "state" if field == "enabled" else field
        record_event(Event.ROLE_CHANGED, origin=origin, actor=actor, target=role, detail={"field": named} | detail)
    return True
