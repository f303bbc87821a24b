"""Imports users from a file: what the preview showed, completely or not at all.

Each row is applied by the same functions as its forms, with log rows. The preview's content is signed for this person
and contract, and parsed and checked again before the import.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import transaction
from django.utils import translation

from accounts.audit.record import record_event
from accounts.lists.csvfile import CsvError, Table
from accounts.models import Contract, Event, Role, User
from accounts.origin import Origin
from accounts.outbox.rows import NOTHING_MAILED, Mailed
from accounts.reset.services import NotActive, request_email
from accounts.users import exchange
from accounts.users import services as users
from accounts.users.authority import RightGone, settled
from cloudpanel.users.rehearsal import ChangeKind, PreviewRow, kinds
from twofactor.requirement import services

SEALED_SECONDS = 3600


class Moved(Exception):
    """A user or a role has changed since the preview; nothing was imported."""


def seal(text: str, lines: list[PreviewRow], *, actor: User, contract: Contract) -> str:
    return signing.dumps({"text": text, "plan": _digest(lines)}, salt=_salt(actor, contract), compress=True)


def unseal(sealed: str, *, actor: User, contract: Contract) -> tuple[str, Table, str] | None:
    """The text, its rows and the digest of the preview; None if it has expired or was made for somebody else."""
    try:
        found = signing.loads(sealed, salt=_salt(actor, contract), max_age=SEALED_SECONDS)
        return found["text"], exchange.read(found["text"].encode()), found["plan"]
    except (signing.BadSignature, CsvError):
        return None


def _salt(actor: User, contract: Contract) -> str:
    return f"cloudpanel.users.imports.{actor.pk}.{contract.pk}"


def is_as_shown(lines: list[PreviewRow], digest: str) -> bool:
    return _digest(lines) == digest


def _digest(lines: list[PreviewRow]) -> str:
    """A digest of all changes of these rows and of their consequences, in any language."""
    with translation.override(None):
        plan = [
            (line.number, line.kind.value, line.user and line.user.pk, line.details, line.consequences)
            for line in lines
        ]
    return hashlib.sha256(repr(plan).encode()).hexdigest()


def may_apply(lines: list[PreviewRow]) -> bool:
    """Whether there is something to do and nothing is refused."""
    found = kinds(lines)
    return not found[ChangeKind.REFUSED] and bool(found[ChangeKind.CREATED] or found[ChangeKind.CHANGED])


def apply(lines: list[PreviewRow], *, actor: User, contract: Contract, origin: Origin) -> dict[User, Mailed]:
    """Imports the rows. Returns the created and changed users, each with the mails about them. Raises Moved, and then
    nothing is changed."""
    found = kinds(lines)
    with transaction.atomic():
        _lock(lines)
        changed = [_change(line, line.user, actor, origin) for line in lines if line.user and line.values]
        created = [_create(line, actor, contract, origin) for line in lines if line.kind is ChangeKind.CREATED]
        detail = {"created": found[ChangeKind.CREATED], "changed": found[ChangeKind.CHANGED]}
        record_event(Event.USERS_IMPORTED, origin=origin, actor=actor, contract_id=contract.pk, detail=detail)
    return dict(changed + created)


def _lock(lines: list[PreviewRow]) -> None:
    """Locks what the rows name, in the order in which everybody does: roles first, then accounts by their ids."""
    roles = Role.objects.filter(pk__in={line.values["role"].pk for line in lines if "role" in line.values})
    people = User.objects.filter(pk__in={line.user.pk for line in lines if line.user and line.values})
    settled(roles)
    settled(people)


def _create(line: PreviewRow, actor: User, contract: Contract, origin: Origin) -> tuple[User, Mailed]:
    account: dict[str, Any] = dict(line.values)
    account |= {"username": line.username, "is_active": account.pop("state", True)}
    account |= {"actor": actor, "contract": contract, "origin": origin}
    try:
        if line.invited:
            return users.create_invited_user(**account)
        return users.create_user(password=None, **account), NOTHING_MAILED
    except (users.UsernameTaken, users.RoleGone, RightGone) as fault:
        raise Moved from fault


def _change(line: PreviewRow, user: User, actor: User, origin: Origin) -> tuple[User, Mailed]:
    mailed = NOTHING_MAILED
    for column, change in _CHANGES.items():
        if column in line.values:
            try:
                done = change(line.values[column], actor=actor, target=user, origin=origin)
            except (users.RoleGone, NotActive) as fault:
                raise Moved from fault
            if not done:
                raise Moved
            mailed += done if isinstance(done, Mailed) else NOTHING_MAILED
    return user, mailed


def _name(value: str, **who: Any) -> bool:
    return users.set_name(name=value, **who)


def _description(value: str, **who: Any) -> bool:
    return users.set_description(description=value, **who)


def _state(value: bool, **who: Any) -> Mailed | None:
    return users.set_state(active=value, **who)


def _required(value: bool, **who: Any) -> Mailed | None:
    return services.set_required(required=value, **who)


def _required_from(value: datetime | str, **who: Any) -> Mailed | None:
    return services.require_if_open(required_from=value if isinstance(value, datetime) else None, **who)


def _email(value: str, **who: Any) -> Mailed | None:
    change = request_email(email=value, **who)
    return change.mailed if change else None


def _role(value: Any, **who: Any) -> bool:
    return users.set_role(role=value, **who)


# The email comes last, because each change of state, factor or role would invalidate its link.
_CHANGES: dict[str, Callable[..., Mailed | bool | None]] = {
    "name": _name,
    "description": _description,
    "state": _state,
    "two_factor_required": _required,
    "two_factor_required_from": _required_from,
    "role": _role,
    "email": _email,
}
