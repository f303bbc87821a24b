"""Everything that can be done to a sub-user, one function a change.

A change is one transaction with one conditional update and one log row. If nothing changes, nothing is written and
False is returned. The caller has asked `rules` first; the answer holds only while the rights of both sides are the
ones they saw (`authority.as_decided`), so a promotion, or the end of the actor, at the same moment wins.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from accounts import moments
from accounts.audit.record import record_event
from accounts.models import Contract, Event, Role, User
from accounts.notices.record_and_notify import record_and_notify
from accounts.origin import Origin
from accounts.passwords import rules as password_rules
from accounts.passwords import services as passwords
from accounts.reset.services import invite_new
from accounts.sessions import services as sessions
from accounts.throttling import locks
from accounts.users import authority


class UsernameTaken(Exception):
    """Somebody took the username between the check and the write."""


class RoleGone(Exception):
    """The role was deleted between the choice and the write."""


def create_user(
    *,
    actor: User | None,
    contract: Contract,
    username: str,
    name: str,
    password: str | None,
    role: Role,
    origin: Origin,
    email: str = "",
    description: str = "",
    two_factor_required: bool = True,
    two_factor_required_from: datetime | None = None,
    must_change_password: bool = False,
    is_active: bool = True,
) -> User:
    """A new sub-user; without a password nobody gets in until one is chosen or set.

    Only the owner (or the operator, as no actor) decides on 2FA; from anybody else it is Yes.
    """
    user = User(
        username=username,
        name=name,
        email=email,
        description=description,
        language=_language_of(actor),
        password=make_password(None) if password is None else password_rules.hashed(password),
        password_set_by_other=password is not None,
        must_change_password=must_change_password and password is not None,
        is_active=is_active,
        contract=contract,
        role=role,
        two_factor_required=two_factor_required or actor not in (None, contract.owner),
    )
    _plan(user, two_factor_required_from, contract, actor)
    with transaction.atomic(savepoint=False):
        _hold(role)
        _insert(user)
        record_event(Event.USER_CREATED, origin=origin, actor=actor, target=user, detail=_of_new(user, role))
        return user


def _plan(user: User, moment: datetime | None, contract: Contract, actor: User | None) -> None:
    """From when on 2FA is required of a new account, where its maker decides that."""
    if moment and user.two_factor_required and actor in (None, contract.owner):
        user.two_factor_required_from, user.two_factor_reminded_at = moment, timezone.now()


def _of_new(user: User, role: Role) -> dict[str, Any]:
    """What the log says of a new account; what is as usual is left out."""
    moment = user.two_factor_required_from
    planned = {"two_factor_required_from": moments.written(moment)} if moment else {}
    inactive = {} if user.is_active else {"state": _state(active=False)}
    return {"role": role.name, "two_factor_required": user.two_factor_required} | planned | inactive


def _language_of(maker: User | None) -> str:
    """In which a new account begins: its maker's; the operator's command has none."""
    return (maker.language or get_language() or "") if maker else ""


def create_invited_user(*, actor: User | None, origin: Origin, **account: Any) -> User:
    """A new sub-user who chooses a password behind a mailed link."""
    with transaction.atomic():
        user = create_user(actor=actor, origin=origin, password=None, **account)
        invite_new(actor=actor, target=user, origin=origin)
    return user


def _insert(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise UsernameTaken from error


def _hold(role: Role) -> None:
    """Keeps the role from being deleted until this transaction ends; raises RoleGone if it is too late."""
    if not Role.objects.select_for_update(no_key=True).filter(pk=role.pk, contract_id=role.contract_id).exists():
        raise RoleGone


def set_name(*, actor: User | None, target: User, name: str, origin: Origin) -> bool:
    differs = User.objects.filter(pk=target.pk).exclude(name=name)
    detail = {"old": target.name, "new": name}
    return _update(differs, {"name": name}, Event.USER_NAME, actor, target, origin, detail)


def set_description(*, actor: User | None, target: User, description: str, origin: Origin) -> bool:
    """What it says is not repeated in the log: people write all kinds of things there."""
    differs = User.objects.filter(pk=target.pk).exclude(description=description)
    return _update(differs, {"description": description}, Event.USER_DESCRIPTION, actor, target, origin, {})


def set_role(*, actor: User | None, target: User, role: Role, origin: Origin) -> bool:
    detail = {"old": target.role.name if target.role else "", "new": role.name}
    with transaction.atomic():
        _hold(role)
        differs = authority.as_decided(actor, target).filter(contract_id=role.contract_id).exclude(role=role)
        if not _update(
            differs, {"role": role} | authority.OTHER_RIGHTS, Event.USER_ROLE, actor, target, origin, detail
        ):
            return False
        _rights_changed(target)
        target.role = role
    return True


def set_password(
    *, actor: User | None, target: User, password: str, must_change_password: bool, origin: Origin
) -> bool:
    """Ends whatever was open under the old one: sessions, pending logins, links, marks of known browsers."""
    return passwords.change(
        target,
        password,
        by=actor,
        seen=authority.as_decided(actor, target),
        origin=origin,
        must_change=must_change_password,
        detail={"must_change_password": must_change_password},
    )


def set_state(*, actor: User | None, target: User, active: bool, origin: Origin) -> bool:
    """Ends links and pending logins either way; a deactivated user is logged out at once."""
    changes = {"is_active": active, "stamp": F("stamp") + 1} | authority.OTHER_RIGHTS
    detail = {"old": _state(active=not active), "new": _state(active=active)}
    with transaction.atomic():
        differs = authority.as_decided(actor, target).filter(is_active=not active)
        if not _update(differs, changes, Event.USER_STATE, actor, target, origin, detail, note=record_and_notify):
            return False
        _rights_changed(target)
        if not active:
            sessions.end_all(target)
    return True


def _state(*, active: bool) -> str:
    return "active" if active else "deactivated"


def unlock(*, actor: User | None, target: User, origin: Origin) -> bool:
    """Forgets the failures counted on the account, and with them every wait."""
    with transaction.atomic():
        counted = locks.counted(target.pk).filter(failures__gt=0).count()
        if not counted:
            return False
        waits = locks.clear(target.pk)
        record_event(Event.USER_UNLOCKED, origin=origin, actor=actor, target=target, detail={"waits": waits})
    return True


def delete_user(*, actor: User | None, target: User, origin: Origin) -> bool:
    """Takes the account away with all that hangs on it; its rows in the log stay, with its name."""
    return bool(delete_users(actor=actor, targets=[target], origin=origin))


def delete_users(*, actor: User | None, targets: Iterable[User], origin: Origin) -> list[User]:
    """Deletes several accounts in one transaction; returns those that were still as the rules were asked about.

    Give them in the order of their ids, so that two who do this at once don't block each other.
    """
    with transaction.atomic():
        gone = [each for each in targets if authority.as_decided(actor, each).select_for_update().exists()]
        ids = [each.pk for each in gone]
        authority.end_requests_by(*ids)
        User.objects.filter(pk__in=ids).delete()
        locks.forget(*ids)
        for each in gone:
            record_event(Event.USER_DELETED, origin=origin, actor=actor, target=each, detail={"name": each.name})
    return gone


def _rights_changed(target: User) -> None:
    """Ends what this account has asked for, and keeps the object as the row is now."""
    authority.end_requests_by(target.pk)
    target.rights_version += 1


def _update(
    rows: QuerySet[User],
    changes: dict[str, Any],
    event: Event,
    actor: User | None,
    target: User,
    origin: Origin,
    detail: dict[str, Any],
    *,
    note: Callable[..., None] = record_event,
) -> bool:
    """`note` writes the row; `record_and_notify` notifies the person concerned as well."""
    with transaction.atomic(savepoint=False):
        if not rows.update(**changes):
            return False
        note(event, origin=origin, actor=actor, target=target, detail=detail)
    return True
