"""All changes to sub-users, one function each.

A change is one transaction with one conditional update and one log row. If nothing changes, nothing is written, and
False is returned (None by functions that return the mails they have written). The caller has checked `rules` first. The
result holds only while both accounts have the permissions that were checked (`authority.as_decided`), so a concurrent
promotion, or deactivation of the actor, prevents the write.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from accounts import moments
from accounts.audit.record import record_event
from accounts.models import Contract, Event, Role, User
from accounts.notices.record_and_notify import record_and_notify
from accounts.notices.services import notify
from accounts.origin import Origin
from accounts.outbox.rows import Mailed
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
    """Creates a sub-user. Without a password, nobody can log in until one is chosen or set.

    Only the owner (or the operator, with no actor) decides on 2FA; for anybody else it is Yes.
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
        _hold(role, actor)
        _insert(user)
        _note_new(user, role, actor, origin)
        return user


def _plan(user: User, moment: datetime | None, contract: Contract, actor: User | None) -> None:
    """From when on 2FA is required of a new account, if its creator decides that."""
    if moment and user.two_factor_required and actor in (None, contract.owner):
        user.two_factor_required_from, user.two_factor_reminded_at = moment, timezone.now()


def _note_new(user: User, role: Role, actor: User | None, origin: Origin) -> None:
    record_event(Event.USER_CREATED, origin=origin, actor=actor, target=user, detail=_of_new(user, role))
    invited = user.email and not user.has_usable_password()
    if user.two_factor_required_from and not invited:  # the invitation says it
        plan = {"old": "no", "new": moments.written(user.two_factor_required_from)}
        notify(user, Event.TWO_FACTOR_PLANNED, origin=origin, actor=actor, detail=plan)


def _of_new(user: User, role: Role) -> dict[str, Any]:
    """The log detail of a new account, without default values."""
    moment = user.two_factor_required_from
    planned = {"two_factor_required_from": moments.written(moment)} if moment else {}
    inactive = {} if user.is_active else {"state": _state(active=False)}
    return {"role": role.name, "two_factor_required": user.two_factor_required} | planned | inactive


def _language_of(maker: User | None) -> str:
    """The language of a new account: its creator's, or none for the operator's command."""
    return (maker.language or get_language() or "") if maker else ""


def create_invited_user(*, actor: User | None, origin: Origin, **account: Any) -> tuple[User, Mailed]:
    """Creates a sub-user who chooses a password by a mailed link."""
    with transaction.atomic():
        user = create_user(actor=actor, origin=origin, password=None, **account)
        return user, invite_new(actor=actor, target=user, origin=origin)


def _insert(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise UsernameTaken from error


def _hold(role: Role, actor: User | None = None) -> None:
    """Prevents the role from being deleted until this transaction ends; raises RoleGone if it is too late, and
    `authority.RightGone` if the actor's right is gone."""
    rows = authority.settled(Role.objects.filter(pk=role.pk, contract_id=role.contract_id))
    if not (rows.filter(Exists(authority.still(actor))) if actor else rows).exists():
        authority.check_still(actor)
        raise RoleGone


def set_name(*, actor: User | None, target: User, name: str, origin: Origin) -> bool:
    detail = {"old": target.name, "new": name}
    values = {"name": name, "profile_changed_at": timezone.now()}
    with transaction.atomic():
        differs = authority.as_decided(actor, target).exclude(name=name)
        return _update(differs, values, Event.USER_NAME, actor, target, origin, detail)


def set_description(*, actor: User | None, target: User, description: str, origin: Origin) -> bool:
    """The description isn't repeated in the log, since people may write anything there."""
    with transaction.atomic():
        differs = authority.as_decided(actor, target).exclude(description=description)
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
) -> Mailed | None:
    """Ends sessions, pending logins, links and known browsers. For others than the owner, a blocked password stays."""
    decides = authority.decides(actor, target)
    return passwords.change(
        target,
        password,
        by=actor,
        seen=lambda: authority.as_decided(actor, target).filter(Q() if decides else Q(password_revoked_at=None)),
        origin=origin,
        must_change=must_change_password,
        unblock=decides,
        frees=decides,
        detail={"must_change_password": must_change_password},
    )


def set_state(*, actor: User | None, target: User, active: bool, origin: Origin) -> Mailed | None:
    """Ends links and pending logins in both cases; a deactivated user is logged out at once."""
    changes = {"is_active": active, "stamp": F("stamp") + 1} | authority.OTHER_RIGHTS
    detail = {"old": _state(active=not active), "new": _state(active=active)}
    with transaction.atomic():
        if not authority.as_decided(actor, target).filter(is_active=not active).update(**changes):
            return None
        mailed = record_and_notify(Event.USER_STATE, origin=origin, actor=actor, target=target, detail=detail)
        _rights_changed(target)
        if not active:
            sessions.end_all(target)
    return mailed


def _state(*, active: bool) -> str:
    return "active" if active else "deactivated"


def unlock(*, actor: User | None, target: User, origin: Origin) -> bool:
    """Clears the failures counted on the account, and with them all waits."""
    with transaction.atomic():
        counted = locks.counted(target.pk).filter(failures__gt=0)
        if not counted.filter(Exists(authority.as_decided(actor, target))).exists():
            return False
        waits = locks.clear(target.pk)
        record_event(Event.USER_UNLOCKED, origin=origin, actor=actor, target=target, detail={"waits": waits})
    return True


def delete_user(*, actor: User | None, target: User, origin: Origin) -> bool:
    """Deletes the account with everything that belongs to it. Its log rows stay, with its name."""
    return bool(delete_users(actor=actor, targets=[target], origin=origin))


def delete_users(*, actor: User | None, targets: Iterable[User], origin: Origin) -> list[User]:
    """Deletes several accounts in one transaction; returns those that had not changed since the rules were checked."""
    with transaction.atomic():
        listed = list(targets)
        authority.settled(User.objects.filter(pk__in=[each.pk for each in listed]), no_key=False)
        gone = [each for each in listed if authority.as_decided(actor, each).exists()]
        ids = [each.pk for each in gone]
        authority.end_requests_by(*ids)
        User.objects.filter(pk__in=ids).delete()
        locks.forget(*ids)
        for each in gone:
            record_event(Event.USER_DELETED, origin=origin, actor=actor, target=each, detail={"name": each.name})
    return gone


def _rights_changed(target: User) -> None:
    """Ends what this account has requested, and updates the object to the row."""
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
) -> bool:
    """Within the transaction of the caller."""
    if not rows.update(**changes):
        return False
    record_event(event, origin=origin, actor=actor, target=target, detail=detail)
    return True
