"""Several users at once: who is concerned, who stays as they are, and who is refused and why.

Each user is changed by the same function as by their own form, and only where that form would open. All of
them change in one transaction.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils.functional import Promise

from accounts.models import User
from accounts.origin import Origin
from accounts.users import queries, rules
from accounts.users import services as users
from accounts.users.rules import Viewer
from twofactor.requirement import services
from twofactor.requirement.plan import AlreadyRequired


class Action(StrEnum):
    REQUIRE = "require"
    DEACTIVATE = "deactivate"
    DELETE = "delete"


CHANGES = {Action.DEACTIVATE: rules.DEACTIVATE, Action.DELETE: rules.DELETE}


@dataclass(frozen=True)
class Refused:
    member: User
    why: str | Promise


@dataclass(frozen=True)
class Plan:
    action: Action
    affected: tuple[User, ...] = ()
    unchanged: tuple[User, ...] = ()
    refused: tuple[Refused, ...] = ()

    @property
    def everybody(self) -> list[User]:
        return [*self.affected, *self.unchanged, *(case.member for case in self.refused)]


def permitted(action: Action, viewer: Viewer) -> bool:
    """May this viewer do this to anybody at all?"""
    return viewer.is_owner if action is Action.REQUIRE else CHANGES[action].permission in viewer.permissions


def plan(action: Action, members: list[User], viewer: Viewer) -> Plan:
    why = {member.pk: _refusal(action, member, viewer) for member in members}
    refused = tuple(Refused(member, reason) for member in members if (reason := why[member.pk]))
    open_to_change = [member for member in members if not why[member.pk]]
    return Plan(
        action,
        affected=tuple(member for member in open_to_change if not _is_so(action, member)),
        unchanged=tuple(member for member in open_to_change if _is_so(action, member)),
        refused=refused,
    )


def _refusal(action: Action, member: User, viewer: Viewer) -> str | Promise | None:
    if action is Action.REQUIRE:
        return None
    rights = queries.latent_rights(member.role)
    return rules.refusal(CHANGES[action], viewer, target_id=member.pk, rights=rights)


def _is_so(action: Action, member: User) -> bool:
    if action is Action.REQUIRE:
        return member.two_factor_required and not member.two_factor_planned
    return action is Action.DEACTIVATE and not member.is_active


def apply(plan: Plan, *, actor: User, origin: Origin, required_from: datetime | None = None) -> list[User]:
    """Whom it changed. Rows are taken in the order of their ids, so that two who do this at once don't block.

    `required_from` is the moment from which 2FA is required; None for at once.
    """
    with transaction.atomic():
        people = sorted(plan.affected, key=lambda member: member.pk)
        if plan.action is Action.DELETE:
            return users.delete_users(actor=actor, targets=people, origin=origin)
        return [member for member in people if _change(plan.action, member, actor, origin, required_from)]


def _change(action: Action, member: User, actor: User, origin: Origin, required_from: datetime | None) -> bool:
    if action is Action.REQUIRE:
        return _require(member, actor, origin, required_from)
    return users.set_state(actor=actor, target=member, active=False, origin=origin)


def _require(member: User, actor: User, origin: Origin, required_from: datetime | None) -> bool:
    """Somebody of whom 2FA became required meanwhile stays as they are."""
    try:
        return services.set_required(
            actor=actor, target=member, required=True, required_from=required_from, origin=origin
        )
    except AlreadyRequired:
        return False
