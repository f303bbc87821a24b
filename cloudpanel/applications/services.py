"""Everything that can be done to an application, one function a change.

One transaction, one conditional update, one log row. Nothing is written where nothing changes. Every write asks once
more for the rights of its actor, so a change that the gate let through is lost with the right to it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, QuerySet

from accounts.audit.record import record_event
from accounts.models import Contract, Event, Role, User
from accounts.origin import Origin
from accounts.users import authority
from cloudpanel.applications.models import Application, Visit, Who


class OriginTaken(Exception):
    """Another application of the installation has this origin."""


class ApplicationMoved(Exception):
    """The application was changed or deleted by somebody else, or the right to change it is gone."""


def create_application(*, actor: User, contract: Contract, values: Mapping[str, Any], origin: Origin) -> Application:
    """For everybody of the contract, with no more than the login that the account needs. Raises OriginTaken."""
    application = Application(contract=contract, **values)
    with transaction.atomic():
        if not _still(actor).exists():
            raise ApplicationMoved
        try:
            with transaction.atomic():
                application.save(force_insert=True)
        except IntegrityError as error:
            raise OriginTaken from error
        detail = {"origin": application.origin, "guard": application.guard}
        record_event(Event.APPLICATION_CREATED, origin=origin, actor=actor, target=application, detail=detail)
    return application


def set_name(*, actor: User, application: Application, name: str, origin: Origin) -> bool:
    return _change(actor, application, origin, "name", {"name": name}, old=application.name, new=name)


def set_description(*, actor: User, application: Application, description: str, origin: Origin) -> bool:
    """What it says is not repeated in the log: people write all kinds of things there."""
    return _change(actor, application, origin, "description", {"description": description})


def set_origin(*, actor: User, application: Application, new: str, origin: Origin) -> bool:
    """Ends all visits. Raises OriginTaken."""
    with transaction.atomic():
        try:
            with transaction.atomic():
                told = {"old": application.origin, "new": new}
                changed = _change(actor, application, origin, "origin", {"origin": new}, **told)
        except IntegrityError as error:
            raise OriginTaken from error
        if changed:
            Visit.objects.filter(application=application).delete()
    return changed


def set_access(*, actor: User, application: Application, who: str, roles: Sequence[Role], origin: Origin) -> bool:
    """Everybody, or users with one of these roles, which are of the application's contract."""
    chosen = sorted(roles, key=lambda role: role.pk) if who == Who.ROLES else []
    with transaction.atomic():
        if not as_seen(actor, application).filter(who=application.who).select_for_update().exists():
            raise ApplicationMoved
        held = {role.pk: role.name for role in application.roles.all()}
        wanted = {role.pk: role.name for role in chosen}
        if application.who == who and held == wanted:
            return False
        Application.objects.filter(pk=application.pk).update(who=who)
        application.roles.set(chosen)
        detail = {"field": "access", "old": _access(application.who, held), "new": _access(who, wanted)}
        record_event(Event.APPLICATION_CHANGED, origin=origin, actor=actor, target=application, detail=detail)
    return True


def set_needs(*, actor: User, application: Application, needs: str, minutes: int | None, origin: Origin) -> bool:
    """Whether less may be asked was decided before (`rules.lowers`), for the values that `application` still has."""
    values = {"needs": needs, "reauthenticate_minutes": minutes}
    old = _needs(application.needs, application.reauthenticate_minutes)
    return _change(actor, application, origin, "needs", values, old=old, new=_needs(needs, minutes))


def set_state(*, actor: User, application: Application, active: bool, origin: Origin) -> bool:
    states = {True: "active", False: "disabled"}
    old, new = states[application.is_active], states[active]
    return _change(actor, application, origin, "state", {"is_active": active}, old=old, new=new)


def set_guard(
    *, actor: User, application: Application, guard: bool, assertion: bool, upstream: str, origin: Origin
) -> bool:
    """Without the guard the application's host is unknown to the panel, and its visits are over."""
    values = {"guard": guard, "assertion": assertion, "upstream": upstream}
    with transaction.atomic():
        words = {True: "yes", False: "no"}
        changed = _change(actor, application, origin, "guard", values, old=words[application.guard], new=words[guard])
        if changed and not guard:
            Visit.objects.filter(application=application).delete()
    return changed


def delete_application(*, actor: User, application: Application, origin: Origin) -> None:
    with transaction.atomic():
        if not as_seen(actor, application).select_for_update().exists():
            raise ApplicationMoved
        application_id = application.pk
        application.delete()
        application.pk = application_id
        record_event(
            Event.APPLICATION_DELETED,
            origin=origin,
            actor=actor,
            target=application,
            detail={"origin": application.origin},
        )


def _change(
    actor: User, application: Application, origin: Origin, field: str, values: dict[str, Any], **told: str
) -> bool:
    """Writes the values if they are still what they were; raises ApplicationMoved if somebody else was faster."""
    seen = {name: getattr(application, name) for name in values}
    if seen == values:
        return False
    with transaction.atomic():
        if not as_seen(actor, application).filter(**_same(seen)).update(**values):
            raise ApplicationMoved
        detail = {"field": field, **(told if told.get("old") != told.get("new") else {})}
        record_event(Event.APPLICATION_CHANGED, origin=origin, actor=actor, target=application, detail=detail)
    return True


def _same(seen: dict[str, Any]) -> dict[str, Any]:
    """As conditions: SQL never finds a NULL equal to anything."""
    empty = {f"{name}__isnull": True for name, value in seen.items() if value is None}
    return empty | {name: value for name, value in seen.items() if value is not None}


def as_seen(actor: User, application: Application) -> QuerySet[Application]:
    """The row, while its actor has the rights that the gate saw."""
    rows = Application.objects.filter(pk=application.pk, contract_id=application.contract_id)
    return rows.filter(Exists(_still(actor)))


def _still(actor: User) -> QuerySet[User]:
    return User.objects.filter(authority.as_seen(actor), is_active=True)


def _access(who: str, roles: dict[int, str]) -> str:
    return ", ".join(roles.values()) if who == Who.ROLES else who


def _needs(needs: str, minutes: int | None) -> str:
    return needs if minutes is None else f"{needs}, {minutes} min"
