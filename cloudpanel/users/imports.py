"""Users from a file: what was rehearsed is done, all of it or nothing.

Each row is changed by the same functions as by its forms, with a log row each. What goes back and forth
between rehearsal and import is signed for this person and this contract, and read and checked anew.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core import signing
from django.db import transaction

from accounts.audit.record import record_event
from accounts.lists.csvfile import CsvError, Table
from accounts.models import Contract, Event, User
from accounts.origin import Origin
from accounts.reset.services import EmailChange, request_email
from accounts.users import exchange
from accounts.users import services as users
from cloudpanel.users.rehearsal import ChangeKind, PreviewRow, kinds
from twofactor.requirement import services
from twofactor.requirement.plan import AlreadyRequired

SEALED_SECONDS = 3600


class Moved(Exception):
    """A user or a role is no longer as it was when the rows were looked at; nothing was imported."""


def seal(text: str, lines: list[PreviewRow], *, actor: User, contract: Contract) -> str:
    return signing.dumps({"text": text, "plan": _digest(lines)}, salt=_salt(actor, contract), compress=True)


def unseal(sealed: str, *, actor: User, contract: Contract) -> tuple[str, Table, str] | None:
    """The text, its rows and the digest of what was shown; None for what is too old, or not sealed for them."""
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
    """Of everything that these rows would do, and of whether somebody would lose an authenticator."""
    plan = [
        (line.number, line.kind.value, line.member and (line.member.pk, line.member.two_factor_active), line.details)
        for line in lines
    ]
    return hashlib.sha256(repr(plan).encode()).hexdigest()


def may_apply(lines: list[PreviewRow]) -> bool:
    """Something to do, and nothing refused."""
    found = kinds(lines)
    return not found[ChangeKind.REFUSED] and bool(found[ChangeKind.CREATED] or found[ChangeKind.CHANGED])


def apply(lines: list[PreviewRow], *, actor: User, contract: Contract, origin: Origin) -> list[User]:
    """Whom it created or changed. Raises Moved, and then nothing is changed."""
    found = kinds(lines)
    with transaction.atomic():
        changed = [_change(line, line.member, actor, origin) for line in lines if line.member and line.values]
        created = [_create(line, actor, contract, origin) for line in lines if line.kind is ChangeKind.CREATED]
        detail = {"created": found[ChangeKind.CREATED], "changed": found[ChangeKind.CHANGED]}
        record_event(Event.USERS_IMPORTED, origin=origin, actor=actor, contract_id=contract.pk, detail=detail)
    return changed + created


def _create(line: PreviewRow, actor: User, contract: Contract, origin: Origin) -> User:
    account: dict[str, Any] = dict(line.values)
    account |= {"username": line.username, "is_active": account.pop("state", True)}
    account |= {"actor": actor, "contract": contract, "origin": origin}
    try:
        return users.create_invited_user(**account) if line.invited else users.create_user(password=None, **account)
    except (users.UsernameTaken, users.RoleGone) as fault:
        raise Moved from fault


def _change(line: PreviewRow, member: User, actor: User, origin: Origin) -> User:
    for column, change in _CHANGES.items():
        if column in line.values:
            try:
                done = change(line.values[column], actor=actor, target=member, origin=origin)
            except users.RoleGone as fault:
                raise Moved from fault
            if not done:
                raise Moved
    return member


def _name(value: str, **who: Any) -> bool:
    return users.set_name(name=value, **who)


def _description(value: str, **who: Any) -> bool:
    return users.set_description(description=value, **who)


def _state(value: bool, **who: Any) -> bool:
    return users.set_state(active=value, **who)


def _required(value: bool, **who: Any) -> bool:
    return services.set_required(required=value, **who)


def _required_from(value: datetime | str, **who: Any) -> bool:
    moment = value if isinstance(value, datetime) else None
    try:
        return services.set_required(required=True, required_from=moment, **who)
    except AlreadyRequired:
        return False


def _email(value: str, **who: Any) -> bool:
    return request_email(email=value, **who) is not EmailChange.NOTHING


def _role(value: Any, **who: Any) -> bool:
    return users.set_role(role=value, **who)


# The email last: each change of state, factor or role would kill its link.
_CHANGES: dict[str, Callable[..., bool]] = {
    "name": _name,
    "description": _description,
    "state": _state,
    "two_factor_required": _required,
    "two_factor_required_from": _required_from,
    "role": _role,
    "email": _email,
}
