"""Changes of applications, one function per change.

One transaction, one conditional update, one log row; if nothing changes, nothing is written. Each write checks the
actor's permissions again, so a change is not written if its actor has just lost them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, QuerySet

from accounts.audit.record import record_event
from accounts.models import Contract, Event, Role, User
from accounts.origin import Origin
from accounts.roles.services import set_opens
from accounts.users import authority
from cloudpanel.applications.models import Application, Visit, Who


class OriginTaken(Exception):
    """Another application of the installation has this origin."""


class ApplicationMoved(Exception):
    """Somebody else has changed or deleted the application, or the actor has lost the permission."""


def create_application(*, actor: User, contract: Contract, values: Mapping[str, Any], origin: Origin) -> Application:
    """Creates an application for everybody in the contract that needs a login only. Raises OriginTaken."""
    application = Application(contract=contract, **values)
    with transaction.atomic():
        if not authority.still(actor).exists():
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
    """The log doesn't contain the text, which may hold anything."""
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
    """Everybody, or users with one of these roles, which must belong to the application's contract."""
    chosen = sorted(roles, key=lambda role: role.pk) if who == Who.ROLES else []
    with transaction.atomic():
        if not as_seen(actor, application).filter(who=application.who).exists():
            raise ApplicationMoved
        held = {role.pk: role.name for role in application.roles.all()}
        wanted = {role.pk: role.name for role in chosen}
        if application.who == who and held == wanted:
            return False
        if not wanted.keys() <= _hold(wanted | held):
            raise ApplicationMoved
        Application.objects.filter(pk=application.pk).update(who=who)
        application.roles.set(chosen)
        _note_opens(wanted | held)
        detail = {"field": "access", "old": _access(application.who, held), "new": _access(who, wanted)}
        record_event(Event.APPLICATION_CHANGED, origin=origin, actor=actor, target=application, detail=detail)
    return True


def _hold(roles: Collection[int]) -> set[int]:
    """Prevents these roles from being deleted or listed elsewhere until this transaction ends; returns those that are
    not gone."""
    rows = Role.objects.select_for_update(no_key=True).filter(pk__in=roles).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def _note_opens(roles: Collection[int]) -> None:
    """Writes into these roles, which are locked, which applications list them."""
    opens: dict[int, list[int]] = {role: [] for role in roles}
    listed = Application.roles.through.objects.filter(role__in=roles).order_by("application")
    for role, application in listed.values_list("role", "application"):
        opens[role].append(application)
    set_opens(opens)


def set_needs(*, actor: User, application: Application, needs: str, minutes: int | None, origin: Origin) -> bool:
    """The caller has decided whether the requirement may be lowered (`rules.lowers`), for the values in
    `application`."""
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
    """Without the guard, the panel doesn't know the application's host, and its visits end."""
    values = {"guard": guard, "assertion": assertion, "upstream": upstream}
    with transaction.atomic():
        words = {True: "yes", False: "no"}
        changed = _change(actor, application, origin, "guard", values, old=words[application.guard], new=words[guard])
        if changed and not guard:
            Visit.objects.filter(application=application).delete()
    return changed


def delete_application(*, actor: User, application: Application, origin: Origin) -> None:
    with transaction.atomic():
        if not as_seen(actor, application, no_key=False).exists():
            raise ApplicationMoved
        held = _hold(list(application.roles.values_list("pk", flat=True)))
        application.delete()
        _note_opens(held)
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
    """Writes the values if the current ones are still those in `application`. False if nothing changed. Raises
    ApplicationMoved."""
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
    """As conditions of a query, in which NULL must be compared by `isnull`."""
    empty = {f"{name}__isnull": True for name, value in seen.items() if value is None}
    return empty | {name: value for name, value in seen.items() if value is not None}


def as_seen(actor: User, application: Application, *, no_key: bool = True) -> QuerySet[Application]:
    """The row, `authority.settled`, if the actor still has the permissions that the gate saw."""
    rows = Application.objects.filter(pk=application.pk, contract_id=application.contract_id)
    return authority.settled(rows, no_key=no_key).filter(Exists(authority.still(actor)))


def _access(who: str, roles: dict[int, str]) -> str | list[str]:
    """As the log stores it: the code, or the names of the roles."""
    return list(roles.values()) if who == Who.ROLES else who


def _needs(needs: str, minutes: int | None) -> str:
    """As the log stores it, and `accounts.logs.sentences` reads it."""
    return needs if minutes is None else f"{needs}, {minutes} min"
